/* The live diagram: bpmn-js with states as colour and text, links, drill-down into called processes, zoom by button and key.

   <div class="diagram" data-island="bpmn" data-src="/…/diagram.json">what is shown without scripts</div>
   data-src answers Live (see state.ts); data-xml is the address of a bare diagram. */
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css";
import "./bpmn.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { element, fold, follow, getJson, getText, islands } from "../shared/island";
import { caption, WORDS, type Live, type NodeState } from "./state";

const TEXT = { defaultStyle: { fontFamily: "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif", fontSize: 14 }, externalStyle: { fontSize: 13 } };

const READABLE = 0.55; // smaller than this, 14 px text cannot be read

interface Shape {
  id: string;
  type: string;
  width: number;
  height: number;
  parent?: Shape;
  labelTarget?: Shape;
  waypoints?: unknown[];
}
interface Canvas {
  addMarker(id: string, marker: string): void;
  zoom(level?: number | "fit-viewport", center?: unknown): number;
  viewbox(box?: { x: number; y: number; width: number; height: number }): {
    scale: number;
    width: number;
    height: number;
    inner: { x: number; y: number; width: number; height: number };
  };
  scrollToElement(shape: Shape, padding?: number): void;
  resized(): void;
  getContainer(): HTMLElement;
}
interface Overlays {
  add(id: string, type: string, overlay: { position: Record<string, number>; html: HTMLElement; scale?: unknown; show?: unknown }): string;
}
interface Registry {
  get(id: string): Shape | undefined;
  getGraphics(id: string): SVGElement;
  filter(test: (shape: Shape) => boolean): Shape[];
}

islands("bpmn", async (box) => {
  box.classList.add("diagram");
  fold(box, "以列表查看办理环节");
  const crumbs = element("ol", { class: "diagram-crumbs", "aria-label": "流程层级" });
  const stage = element("div", { class: "diagram-stage" });
  const tools = element("div", { class: "diagram-tools", role: "group", "aria-label": "缩放" });
  box.append(crumbs, stage, tools);
  const viewer = new NavigatedViewer({ container: stage, textRenderer: TEXT });
  const trail: { title: string; url: string }[] = [];

  const load = async (url: string, title: string): Promise<void> => {
    const live = await read(box, url);
    await viewer.importXML(live.xml);
    const at = trail.findIndex((step) => step.url === url);
    if (at >= 0) trail.splice(at + 1);
    else trail.push({ title: live.title ?? title, url });
    draw(viewer, live, (next, name) => load(next, name).catch((error: unknown) => complain(box, error)));
    fit(viewer, box);
    addLegend(box, live);
    showTrail(crumbs, trail, (step) => void load(step.url, step.title));
    (box as HTMLElement & { viewer?: unknown }).viewer = viewer;
    box.dataset["ready"] = "";
  };
  addTools(tools, viewer, box);
  await load(box.dataset["src"] ?? box.dataset["xml"] ?? "", box.dataset["title"] ?? "总流程");
  new ResizeObserver(() => viewer.get<Canvas>("canvas").resized()).observe(stage);
});

async function read(box: HTMLElement, url: string): Promise<Live> {
  if (box.dataset["src"] === undefined) return { xml: await getText(url) };
  return getJson<Live>(url);
}

function draw(viewer: NavigatedViewer, live: Live, open: (url: string, title: string) => void): void {
  const canvas = viewer.get<Canvas>("canvas");
  const overlays = viewer.get<Overlays>("overlays");
  const registry = viewer.get<Registry>("elementRegistry");
  for (const [id, node] of Object.entries(live.nodes ?? {})) {
    const shape = registry.get(id);
    if (!shape) continue;
    canvas.addMarker(id, `zj-${node.state}`);
    describe(registry, shape, node);
    const lines = caption(node);
    if (lines.length && shape.width >= 60) {
      const note = element(node.link ? "a" : "span", node.link ? { class: `diagram-note zj-${node.state}`, href: node.link } : { class: `diagram-note zj-${node.state}` });
      note.append(...lines.map((line) => element("span", {}, line)));
      overlays.add(id, "zj-note", { position: { bottom: -2, left: -4 }, html: note, scale: { min: 0.55, max: 1.3 }, show: { minZoom: 0.28 } });
    }
  }
  for (const [id, url] of Object.entries(live.called ?? {})) {
    const shape = registry.get(id);
    if (!shape) continue;
    const button = element("button", { class: "diagram-open", type: "button" }, "展开");
    button.addEventListener("click", () => open(url, name(shape)));
    overlays.add(id, "zj-open", { position: { top: -14, right: 34 }, html: button, scale: { min: 0.55, max: 1.3 } });
  }
  const bus = viewer.get<{ on(event: string, run: (event: { element: Shape }) => void): void; off(event: string): void }>("eventBus");
  bus.off("element.dblclick");
  bus.on("element.dblclick", ({ element: shape }) => {
    const url = live.called?.[shape.id];
    const link = live.nodes?.[shape.id]?.link;
    if (url) open(url, name(shape));
    else if (link) follow(link);
  });
}

function name(shape: Shape): string {
  const business = (shape as Shape & { businessObject?: { name?: string } }).businessObject;
  return business?.name ?? "子流程";
}

/** Give the drawn node its state in words as well. */
function describe(registry: Registry, shape: Shape, node: NodeState): void {
  const drawn = registry.getGraphics(shape.id);
  const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
  title.textContent = `${name(shape)}：${WORDS[node.state]}${node.who ? `，${node.who}` : ""}${node.due ? `，${node.due}` : ""}`;
  drawn.prepend(title);
}

/** Show the whole diagram, but never smaller than can be read: a long process starts at its work in hand. The box of a low
    diagram gets lower, so that the page does not show empty space. */
function fit(viewer: NavigatedViewer, box: HTMLElement): void {
  const canvas = viewer.get<Canvas>("canvas");
  box.style.height = "";
  const { inner } = canvas.viewbox();
  const across = Math.min(1.15, (box.clientWidth / inner.width) * 0.94);
  const needed = inner.height * Math.max(across, READABLE) + 190;
  if (needed < box.clientHeight) box.style.height = `${Math.max(320, Math.round(needed))}px`;
  canvas.resized();
  const scale = canvas.zoom("fit-viewport", "auto");
  if (scale >= READABLE) {
    canvas.zoom(Math.min(scale * 0.94, 1.15), "auto");
    return;
  }
  canvas.zoom(0.75);
  const registry = viewer.get<Registry>("elementRegistry");
  const now = registry
    .filter((shape) => !shape.waypoints && shape.width > 0 && Boolean(shape.parent) && !shape.labelTarget)
    .find((shape) => registry.getGraphics(shape.id).matches(".zj-now, .zj-late, .zj-returned"));
  if (now) {
    canvas.scrollToElement(now, 160);
    return;
  }
  const view = canvas.viewbox();
  canvas.viewbox({ x: view.inner.x - 32, y: view.inner.y - 48, width: view.width, height: view.height });
}

function showTrail(list: HTMLElement, trail: { title: string; url: string }[], go: (step: { title: string; url: string }) => void): void {
  list.replaceChildren();
  list.hidden = trail.length < 2;
  trail.forEach((step, at) => {
    if (at === trail.length - 1) {
      list.append(element("li", { "aria-current": "step" }, step.title));
      return;
    }
    const button = element("button", { class: "link-btn", type: "button" }, step.title);
    button.addEventListener("click", () => go(step));
    list.append(element("li", {}, button));
  });
}

/** Which colours the diagram uses and how many nodes are in each state. */
function addLegend(box: HTMLElement, live: Live): void {
  box.querySelector(".diagram-legend")?.remove();
  const states = Object.values(live.nodes ?? {}).map((node) => node.state);
  if (!states.length) return;
  const list = element("ul", { class: "diagram-legend", "aria-label": "图例" });
  for (const state of Object.keys(WORDS) as NodeState["state"][]) {
    const number = states.filter((one) => one === state).length;
    if (number) list.append(element("li", { class: `zj-${state}` }, `${WORDS[state]} ${number}`));
  }
  box.append(list);
}

function addTools(tools: HTMLElement, viewer: NavigatedViewer, box: HTMLElement): void {
  const canvas = (): Canvas => viewer.get<Canvas>("canvas");
  const acts: [string, string, () => void][] = [
    ["＋", "放大", () => void canvas().zoom(canvas().viewbox().scale * 1.25)],
    ["－", "缩小", () => void canvas().zoom(canvas().viewbox().scale / 1.25)],
    ["全图", "显示全图", () => void canvas().zoom("fit-viewport", "auto")],
  ];
  for (const [text, label, act] of acts) {
    const button = element("button", { type: "button", class: "btn btn-small", "aria-label": label, title: label }, text);
    button.addEventListener("click", act);
    tools.append(button);
  }
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { "+": acts[0], "=": acts[0], "-": acts[1], "0": acts[2] }[event.key];
    if (!act) return;
    event.preventDefault();
    act[2]();
  });
}

function complain(box: HTMLElement, error: unknown): void {
  box.querySelector(".island-fault")?.remove();
  box.prepend(element("p", { class: "notice notice-warn island-fault", role: "alert" }, error instanceof Error && error.message ? error.message : "子流程暂时无法显示。"));
}
