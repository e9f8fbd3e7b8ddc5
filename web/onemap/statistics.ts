/* Statistics of a drawn shape or a division: counts, groups and sums from the server, each with the list of its rows. */
import type { FeatureCollection, Geometry, MultiPolygon, Polygon } from "geojson";
import { areaText, circle } from "../shared/geodesy";
import { extent } from "../shared/geometry";
import { element, getJson, postJson, Refused } from "../shared/island";
import type { App } from "./app";
import { Drawing, shapeOf, type Tool } from "./draw";
import type { Panels } from "./panels";
import type { Layer, Shape, Time } from "./types";
import { EMPTY } from "./view";

interface Part {
  count: number;
  groups: { code: string | null; label: string; count: number }[];
  summed: Record<string, { label: string; unit: string; sum: number }>;
  list: string;
}

interface Answer {
  area_m2: number;
  repaired: boolean;
  layers: Record<string, Part>;
}

const STAGES = ["planned", "history", "all"];
const LAYERS_MOST = 20; // the server counts no more at once

/** Make the panel work; returns what asks again for the shape in the state. */
export function statistics(app: App, panels: Panels): () => Promise<void> {
  const panel = app.need("[data-panel=draw]");
  const result = panel.querySelector<HTMLElement>(".om-result")!;
  let turn = 0;

  const ask = async (): Promise<void> => {
    const shape = app.state.shape;
    result.replaceChildren();
    delete result.dataset["ready"];
    if (!shape) return app.draw(EMPTY);
    const on = app.shown().filter((layer) => !layer.key.startsWith("regions."));
    const layers = on.slice(0, LAYERS_MOST);
    const mine = ++turn;
    try {
      const outline = await outlineOf(shape);
      if (mine !== turn) return;
      app.draw({ type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: outline }] });
      if (!layers.length) return void result.replaceChildren(element("p", {}, "请先在“图层”里打开要统计的图层。"));
      result.setAttribute("aria-busy", "true");
      const body = { layers: layers.map((layer) => layer.key), shape: outline, ...timeOf(app.state.time) };
      const answer = await postJson<Answer>("/tiles/statistics", body);
      if (mine !== turn) return;
      show(layers, answer);
      if (on.length > layers.length) result.prepend(element("p", { class: "notice notice-warn" }, `一次最多统计 ${LAYERS_MOST} 个图层，请关闭不需要的图层后重新统计。`));
    } catch (error) {
      if (mine === turn) result.replaceChildren(element("p", { class: "notice notice-warn", role: "alert" }, error instanceof Refused ? error.message : "统计暂时没有完成，请缩小范围或稍后重试。"));
    } finally {
      if (mine === turn) result.removeAttribute("aria-busy");
    }
  };

  const show = (layers: Layer[], answer: Answer): void => {
    let total = 0;
    result.replaceChildren(element("p", {}, `范围面积 ${areaText(answer.area_m2)}${answer.repaired ? "（图形的边相互交叉，已自动理顺）" : ""}`));
    for (const layer of layers) {
      const part = answer.layers[layer.key];
      if (!part) continue;
      total += part.count;
      if (!part.count) continue;
      result.append(partOf(layer, part));
    }
    if (!total) result.append(element("p", {}, "范围内没有已打开图层的要素。"));
    result.dataset["ready"] = "";
    app.say(`范围内共有 ${total} 个要素。`);
  };

  const set = (shape: Shape | null): void => {
    app.state.shape = shape;
    app.refresh();
    void ask();
  };
  for (const button of panel.querySelectorAll<HTMLElement>("[data-draw]")) {
    button.addEventListener("click", () => {
      const tool = button.dataset["draw"] as Tool;
      result.replaceChildren();
      app.enter(new Drawing(app, tool, (points) => set(shapeOf(tool, points))));
      app.view.map.getCanvas().focus();
    });
  }
  panel.querySelector<HTMLElement>("[data-finish]")!.addEventListener("click", () => app.mode?.finish());
  panel.querySelector<HTMLElement>("[data-forget]")!.addEventListener("click", () => {
    app.enter(null);
    set(null);
    app.say("已清除范围。");
  });
  regions(app, panel, set);
  panels.on("draw", {
    open: () => void ask(),
    close: () => {
      app.enter(null);
      app.draw(EMPTY);
    },
  });
  let asked = "";
  app.watch(() => {
    const now = [app.state.time, ...app.state.layers.keys()].join();
    if (now !== asked && panels.current === "draw" && app.state.shape) void ask();
    asked = now;
  });
  return ask;
}

function timeOf(time: Time): Record<string, string> {
  return time === "" ? {} : STAGES.includes(time) ? { stage: time } : { datetime: time };
}

function partOf(layer: Layer, part: Part): HTMLElement {
  const rows = element("tbody", {});
  for (const group of part.groups) {
    const bar = element("span", { class: "om-bar" });
    bar.style.width = `${Math.max(2, (100 * group.count) / part.count)}%`;
    const colour = layer.colours.find(([code]) => code === group.code)?.[2] ?? layer.colour;
    bar.style.background = colour;
    rows.append(element("tr", {}, element("th", { scope: "row" }, group.label || "未填写"), element("td", { class: "om-bar-cell" }, bar), element("td", { class: "num" }, group.count.toLocaleString("zh-CN"))));
  }
  const box = element("section", { class: "om-part", "data-key": layer.key, "data-count": String(part.count) });
  const heading = element("h3", {}, layer.title, element("span", { class: "om-count" }, part.count.toLocaleString("zh-CN")));
  box.append(heading);
  if (part.groups.length) box.append(element("table", { class: "om-table" }, element("caption", { class: "visually-hidden" }, `${layer.title}分类统计`), rows));
  const sums = Object.values(part.summed ?? {});
  if (sums.length) {
    const list = element("dl", { class: "om-facts" });
    for (const one of sums) list.append(element("dt", {}, `${one.label}合计`), element("dd", {}, `${one.sum.toLocaleString("zh-CN", { maximumFractionDigits: 2 })} ${one.unit}`.trim()));
    box.append(list);
  }
  if (part.list) box.append(element("a", { href: part.list, class: "om-more" }, "查看清单"));
  return box;
}

/** The outline that the server is asked about. */
async function outlineOf(shape: Shape): Promise<Polygon | MultiPolygon> {
  if (shape.kind === "polygon") return { type: "Polygon", coordinates: [[...shape.points, shape.points[0]!]] };
  if (shape.kind === "circle") return { type: "Polygon", coordinates: [circle(shape.centre, shape.radius)] };
  const found = await outlineOfRegion(shape.code);
  if (!found) throw new Refused(404, "这个行政区划没有界线，请选择上一级，或在图上绘制范围。", {});
  return found;
}

async function outlineOfRegion(code: string): Promise<Polygon | MultiPolygon | null> {
  const above = code.slice(4) === "00000000" ? `${code.slice(0, 2)}0000000000` : code.slice(2, 4) === "90" ? `${code.slice(0, 2)}0000000000` : `${code.slice(0, 4)}00000000`;
  const found = await getJson<FeatureCollection>(`/regions/boundaries/${above}.geojson`);
  const geometry: Geometry | undefined = found.features.find((one) => one.properties?.["code"] === code)?.geometry;
  if (geometry?.type === "MultiPolygon" && geometry.coordinates.length === 1) return { type: "Polygon", coordinates: geometry.coordinates[0]! };
  return geometry?.type === "Polygon" || geometry?.type === "MultiPolygon" ? geometry : null;
}

/** Two selects, city and county: the way without drawing. */
function regions(app: App, panel: HTMLElement, set: (shape: Shape) => void): void {
  const first = panel.querySelector<HTMLSelectElement>("#om-region")!;
  const second = panel.querySelector<HTMLSelectElement>("#om-region-below")!;
  const choose = async (code: string): Promise<void> => {
    if (!code) return;
    app.enter(null);
    const outline = await outlineOfRegion(code).catch(() => null);
    const box = outline && extent({ type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: outline }] });
    if (box) app.fly(box, 14);
    set({ kind: "region", code });
  };
  first.addEventListener("change", () => {
    second.replaceChildren(new Option("全部", ""));
    second.disabled = true;
    if (!first.value) return;
    void choose(first.value);
    void getJson<{ items: { code: string; name: string; level: string }[] }>(`/regions/children.json?parent=${first.value}`).then(({ items }) => {
      const drawn = items.filter((one) => one.level === "county");
      second.append(...drawn.map((one) => new Option(one.name, one.code)));
      second.disabled = drawn.length === 0;
    });
  });
  second.addEventListener("change", () => void choose(second.value || first.value));
}
