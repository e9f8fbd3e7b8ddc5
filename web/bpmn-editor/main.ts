/* Editing a process (a city's variant): bpmn-js with the platform's attributes, checks and saving.

   <div class="diagram-editor" data-island="bpmn-editor" data-src="/…/definition.json" data-save="/…/save">…</div>
   data-src    answers {xml, options?: Options, findings?: Finding[]}
   data-save   takes {xml, note} by POST with the form token and answers {findings: Finding[], url?, message?}
   data-options  Options as JSON or #id, when data-src does not carry them
   A control inside the page with `data-editor-note` gives the note. */
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css";
import "./editor.css";
import Modeler from "bpmn-js/lib/Modeler";
import { element, follow, getJson, islands, postJson, Refused, source } from "../shared/island";
import { draw, type Change, type Chosen, type Options } from "./form";
import { menus } from "./menus";
import { chinese } from "./words";
import zj from "./zj.json";

/** One finding of the server's check. */
interface Finding {
  code: string;
  message: string;
  element?: string;
  level?: "error" | "warn";
}
interface Given {
  xml: string;
  options?: Options;
  findings?: Finding[];
}
interface Saved {
  findings?: Finding[];
  url?: string;
  message?: string;
}
interface Bus {
  on(event: string, run: (event: { newSelection?: Chosen[]; element?: Chosen }) => void): void;
}
interface Modeling {
  updateProperties(chosen: Chosen, properties: Record<string, unknown>): void;
}
interface Moddle {
  create(type: string, attributes: Record<string, unknown>): unknown;
}

islands("bpmn-editor", async (box) => {
  box.replaceChildren();
  const stage = element("div", { class: "editor-stage diagram" });
  const panel = element("form", { class: "editor-panel card", "aria-label": "环节属性", autocomplete: "off" });
  panel.addEventListener("submit", (event) => event.preventDefault());
  const report = element("section", { class: "editor-report card", "aria-live": "polite" });
  const bar = element("div", { class: "editor-bar" });
  box.append(bar, stage, panel, report);
  const modeler = new Modeler({
    container: stage,
    moddleExtensions: { zj },
    additionalModules: [chinese, menus],
    textRenderer: { defaultStyle: { fontFamily: "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif", fontSize: 14 } },
  });
  const given = await getJson<Given>(box.dataset["src"] ?? "");
  const options = given.options ?? (box.dataset["options"] ? await source<Options>(box.dataset["options"]) : {});
  await modeler.importXML(given.xml);
  modeler.get<{ zoom(level: string, centre: string): void }>("canvas").zoom("fit-viewport", "auto");
  let dirty = false;
  const choose = (chosen: Chosen | null): void => draw(panel, chosen, options, changer(modeler, chosen));
  modeler.get<Bus>("eventBus").on("selection.changed", ({ newSelection }) => choose(newSelection?.length === 1 ? newSelection[0]! : null));
  modeler.get<Bus>("eventBus").on("commandStack.changed", () => (dirty = true));
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
  choose(null);
  show(report, given.findings ?? [], modeler);

  const save = element("button", { class: "btn btn-primary", type: "button" }, "保存并检查");
  const status = element("span", { class: "muted", role: "status" });
  const stack = modeler.get<{ undo(): void; redo(): void }>("commandStack");
  bar.append(save, press("撤销", () => stack.undo()), press("重做", () => stack.redo()));
  bar.append(press("全图", () => modeler.get<{ zoom(level: string, centre: string): void }>("canvas").zoom("fit-viewport", "auto")), status);
  save.addEventListener("click", async () => {
    save.disabled = true;
    status.textContent = "正在保存…";
    try {
      const { xml } = await modeler.saveXML({ format: true });
      const note = document.querySelector<HTMLInputElement>("[data-editor-note]")?.value ?? "";
      const saved = await postJson<Saved>(box.dataset["save"] ?? "", { xml, note });
      dirty = false;
      const errors = (saved.findings ?? []).filter((finding) => finding.level !== "warn").length;
      status.textContent = saved.message ?? (errors ? `已保存为草稿，还有 ${errors} 处需要修正` : "已保存，检查通过");
      show(report, saved.findings ?? [], modeler);
      if (saved.url && !errors) follow(saved.url);
    } catch (error) {
      status.textContent = "";
      const list = error instanceof Refused ? ((error.body["errors"] as Finding[] | undefined) ?? []) : [];
      show(report, list.length ? list : [{ code: "save", message: error instanceof Error ? error.message : "保存失败，请重试。" }], modeler);
    } finally {
      save.disabled = false;
    }
  });
  box.dataset["ready"] = "";
  (box as HTMLElement & { modeler?: unknown }).modeler = modeler;
});

function press(text: string, act: () => void): HTMLElement {
  const button = element("button", { class: "btn", type: "button" }, text);
  button.addEventListener("click", act);
  return button;
}

/** How a field's change reaches the model: as a command, so that it can be undone. */
function changer(modeler: Modeler, chosen: Chosen | null): Change {
  return (name, value) => {
    if (!chosen) return;
    const modeling = modeler.get<Modeling>("modeling");
    const moddle = modeler.get<Moddle>("moddle");
    const registry = modeler.get<{ get(id: string): Chosen | undefined }>("elementRegistry");
    if (name === "condition") {
      modeling.updateProperties(chosen, { conditionExpression: value ? moddle.create("bpmn:FormalExpression", { body: value }) : undefined });
    } else if (name === "documentation") {
      modeling.updateProperties(chosen, { documentation: value ? [moddle.create("bpmn:Documentation", { text: value })] : [] });
    } else if (name === "default") {
      const from = (chosen.businessObject.sourceRef as unknown as { id: string } | undefined)?.id;
      const gateway = from ? registry.get(from) : undefined;
      if (gateway) modeling.updateProperties(gateway, { default: value ? chosen.businessObject : undefined });
    } else {
      modeling.updateProperties(chosen, { [name]: value });
    }
  };
}

/** The findings, each a button that selects and shows its element. */
function show(report: HTMLElement, findings: Finding[], modeler: Modeler): void {
  report.replaceChildren(element("h2", { class: "card-title" }, `检查结果${findings.length ? `（${findings.length}）` : ""}`));
  if (!findings.length) {
    report.append(element("p", { class: "muted" }, "没有发现问题。保存后会再次检查。"));
    return;
  }
  const list = element("ul", { class: "editor-findings" });
  for (const finding of findings) {
    const warn = finding.level === "warn";
    const item = element("li", {}, element("span", { class: warn ? "tag tag-warn" : "tag tag-error" }, warn ? "提醒" : "必须修正"), " ");
    const registry = modeler.get<{ get(id: string): Chosen | undefined }>("elementRegistry");
    const target = finding.element ? registry.get(finding.element) : undefined;
    if (target) {
      const button = element("button", { class: "link-btn", type: "button" }, finding.message);
      button.addEventListener("click", () => {
        modeler.get<{ scrollToElement(element: Chosen, padding?: number): void }>("canvas").scrollToElement(target, 120);
        modeler.get<{ select(element: Chosen): void }>("selection").select(target);
      });
      item.append(button);
    } else {
      item.append(finding.message);
    }
    list.append(item);
  }
  report.append(list);
}
