/* Thematic colours: choose a layer and a field; codes get the colours of their list, numbers are put into classes. */
import { getJson } from "../shared/island";
import type { App } from "./app";
import type { Panels } from "./panels";
import type { Field } from "./types";

/** Make the panel work. */
export function theme(app: App, panels: Panels): void {
  const panel = app.need("[data-panel=theme]");
  const layers = panel.querySelector<HTMLSelectElement>("#om-theme-layer")!;
  const fields = panel.querySelector<HTMLSelectElement>("#om-theme-field")!;
  const numbers = panel.querySelector<HTMLElement>(".om-classes")!;
  const count = panel.querySelector<HTMLSelectElement>("#om-theme-count")!;
  const method = panel.querySelector<HTMLSelectElement>("#om-theme-method")!;
  const note = panel.querySelector<HTMLElement>(".om-theme-note")!;

  const chosen = (): Field | undefined => app.layer(layers.value)?.fields.find((one) => one.name === fields.value);
  const fill = (): void => {
    const able = app.shown().filter((layer) => layer.fields.length);
    const was = app.state.theme?.key ?? layers.value;
    layers.replaceChildren(...able.map((layer) => new Option(layer.title, layer.key)));
    if (able.some((layer) => layer.key === was)) layers.value = was;
    fillFields();
    note.textContent = able.length ? "" : "请先打开一个图层。";
  };
  const fillFields = (): void => {
    const own = app.layer(layers.value)?.fields ?? [];
    fields.replaceChildren(new Option("按图层默认", ""), ...own.map((one) => new Option(one.unit ? `${one.label}（${one.unit}）` : one.label, one.name)));
    if (app.state.theme?.key === layers.value) fields.value = app.state.theme.field;
    numbers.hidden = chosen()?.kind !== "number";
  };
  const apply = async (): Promise<void> => {
    const field = chosen();
    numbers.hidden = field?.kind !== "number";
    note.textContent = "";
    if (!field) app.state.theme = null;
    else if (field.kind === "coded") app.state.theme = { key: layers.value, field: field.name, bounds: [] };
    else {
      const [w, s, e, n] = app.view.map.getBounds().toArray().flat().map((value) => value.toFixed(5));
      const time = app.state.time && /^\d/.test(app.state.time) ? `&datetime=${app.state.time}` : "";
      const address = `${app.box.dataset["classes"]}${layers.value.replace(".", "/")}/${field.name}.json?count=${count.value}&method=${method.value}&bbox=${w},${s},${e},${n}${time}`;
      const found = await getJson<{ bounds: number[]; count: number; complete: boolean }>(address).catch(() => null);
      if (!found?.bounds.length) return void (note.textContent = found ? "当前视图内没有这个字段的数值，请移动地图后再选。" : "分级暂时没有算出来，请稍后重试。");
      app.state.theme = { key: layers.value, field: field.name, bounds: found.bounds };
      note.textContent = `按当前视图内 ${found.count.toLocaleString("zh-CN")} 个要素分级${found.complete ? "" : "（更多要素未参与）"}。`;
    }
    app.refresh();
    app.say(field ? `已按${field.label}着色。` : "已恢复默认颜色。");
  };
  layers.addEventListener("change", fillFields);
  for (const control of [fields, count, method]) control.addEventListener("change", () => void apply());
  panel.querySelector<HTMLElement>("[data-again]")!.addEventListener("click", () => void apply());
  panel.querySelector<HTMLElement>("[data-forget]")!.addEventListener("click", () => {
    fields.value = "";
    void apply();
  });
  panels.on("theme", { open: fill });
  app.watch(() => {
    if (app.state.theme && !app.state.layers.has(app.state.theme.key)) app.state.theme = null;
  });
}
