/* The layer tree (made by the server) with check boxes, opacity, and a note where one must zoom in; the legend; background maps. */
import { element } from "../shared/island";
import type { App } from "./app";
import { legendOf, type Legend } from "./colours";

/** Make the tree work and keep it and the legend in step with the state. */
export function tree(app: App): void {
  const rows = [...app.box.querySelectorAll<HTMLElement>("[data-layer]")];
  for (const row of rows) {
    const key = row.dataset["layer"]!;
    const check = row.querySelector<HTMLInputElement>("input[type=checkbox]")!;
    const slide = row.querySelector<HTMLInputElement>("input[type=range]")!;
    check.disabled = false;
    check.addEventListener("change", () => {
      if (check.checked) app.state.layers.set(key, Number(slide.value));
      else app.state.layers.delete(key);
      const layer = app.layer(key)!;
      const far = check.checked && app.view.map.getZoom() < layer.min_zoom;
      app.say(`${layer.title}已${check.checked ? "打开" : "关闭"}${far ? "，放大后显示" : ""}。`);
      app.refresh();
    });
    slide.addEventListener("input", () => {
      if (app.state.layers.has(key)) app.state.layers.set(key, Number(slide.value));
      app.refresh();
    });
    row.querySelector<HTMLElement>("[data-zoom-to]")?.addEventListener("click", () => {
      const layer = app.layer(key)!;
      app.view.map.easeTo({ zoom: layer.min_zoom + 0.3, animate: false });
    });
  }
  for (const choice of app.box.querySelectorAll<HTMLInputElement>("input[name=base]")) {
    choice.checked = choice.value === app.state.base;
    choice.addEventListener("change", () => {
      app.state.base = choice.value;
      app.refresh();
    });
  }
  const far = (): void => {
    for (const row of rows) {
      const hint = row.querySelector<HTMLElement>("[data-zoom-to]");
      const small = app.state.layers.has(row.dataset["layer"]!) && app.view.map.getZoom() < app.layer(row.dataset["layer"]!)!.min_zoom;
      if (hint) hint.hidden = !small;
      row.classList.toggle("om-small", small);
    }
  };
  const follow = (): void => {
    for (const row of rows) {
      const key = row.dataset["layer"]!;
      const layer = app.layer(key)!;
      const opacity = app.state.layers.get(key);
      row.querySelector<HTMLInputElement>("input[type=checkbox]")!.checked = opacity !== undefined;
      if (opacity !== undefined) row.querySelector<HTMLInputElement>("input[type=range]")!.value = String(opacity);
      row.classList.toggle("om-on", opacity !== undefined);
      row.querySelector<HTMLElement>(".om-key")!.replaceChildren(items(legendOf(layer, app.state.theme)));
    }
    for (const choice of app.box.querySelectorAll<HTMLInputElement>("input[name=base]")) choice.checked = choice.value === app.state.base;
    const base = app.settings.basemaps.find((one) => one.name === app.state.base);
    app.need(".om-note").textContent = [base?.note, app.settings.note].filter(Boolean).join("；");
    far();
  };
  app.watch(follow);
  app.view.map.on("zoomend", far);
}

/** Legends for print: of the layers that are in the view, with only the codes that are there. */
export function legends(app: App): Legend[] {
  const { theme } = app.state;
  return app.shown().flatMap((layer) => {
    const legend = legendOf(layer, theme);
    const field = theme?.key === layer.key ? layer.fields.find((one) => one.name === theme.field) : layer.fields.find((one) => one.name === layer.colour_by);
    const codes = field?.kind === "coded" ? field.codes : [];
    const there = new Set(app.views().flatMap((view) => [...view.values(layer, field?.name ?? layer.label)]));
    if (!there.size) return [];
    if (!codes.length) return [legend];
    const items = legend.items.filter((_, at) => (codes[at] ? there.has(codes[at][0]) : [...there].some((value) => !codes.some(([code]) => code === value))));
    return [{ ...legend, items }];
  });
}

function items(legend: Legend): HTMLElement {
  const list = element("ul", { class: "om-legend-items" });
  for (const one of legend.items) {
    const dot = element("span", { class: "om-dot" });
    dot.style.background = one.colour;
    list.append(element("li", {}, dot, one.label));
  }
  return list;
}
