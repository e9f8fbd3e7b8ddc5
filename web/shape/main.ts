/* Drawing and editing the shape of a form field on a map. The text field stays and is what the form sends.

   <div data-island="shape" data-for="#id_geom" data-geometry="LINESTRING" data-region="420106000000"></div>

   data-for       the text field: "longitude,latitude" for points, else GeoJSON (or four numbers of a box with data-box)
   data-geometry  POINT, LINESTRING, POLYGON, MULTIPOLYGON, GEOMETRY (a point, until more corners are set)
   data-region    12-digit code whose county is the ground
   data-tiles, data-tiles-layer, data-tiles-zoom   what is registered already, drawn pale below (vector tiles)
   A click or tap sets a corner, corners are dragged; by keyboard: Enter on the map sets its centre, corners are typed and removed in the list. */
import "./shape.css";
import type { FeatureCollection } from "geojson";
import * as maplibre from "maplibre-gl";
import { element, getJson, islands } from "../shared/island";
import { extent } from "../shared/geometry";
import { addGround, FONTS, LIGHT, NOTE, supported } from "../shared/ground";
import { CHINESE } from "../shared/map-words";
import { parse, text, typed, type Corner, type Kind } from "./corners";

const MOST = 200; // corners that can be edited one by one; a larger shape is shown and replaced as a whole

islands("shape", async (box) => {
  const field = document.querySelector<HTMLTextAreaElement | HTMLInputElement>(box.dataset["for"] ?? "");
  if (!field) throw new Error("data-for names no field");
  if (!supported()) throw new Error("WebGL2 is missing");
  const kind = (box.dataset["geometry"] ?? "POINT") as Kind;
  box.classList.add("shape-box");
  box.setAttribute("aria-busy", "true");
  const canvas = element("div", { class: "shape-map" });
  const status = element("p", { class: "shape-status", role: "status" });
  const list = element("ol", { class: "shape-corners" });
  const entry = element("input", { type: "text", class: "shape-entry", inputmode: "text", placeholder: "114.305,30.593", "aria-label": "输入一个点的经度,纬度" });
  const add = element("button", { type: "button", class: "btn btn-small" }, "加入这个点");
  const undo = element("button", { type: "button", class: "btn btn-small" }, "撤销一点");
  const clear = element("button", { type: "button", class: "btn btn-small" }, "清除");
  const bar = element("div", { class: "shape-bar" }, entry, add, undo, clear);
  const fold = element("details", { class: "shape-list" }, element("summary", {}, "逐点修改"), list);
  box.append(canvas, status, bar, fold);

  const map = new maplibre.Map({
    container: canvas,
    style: { version: 8, sources: {}, layers: [{ id: "page", type: "background", paint: { "background-color": LIGHT.page } }] },
    center: [112.3, 30.97], zoom: 6, minZoom: 3, maxZoom: 20, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    cooperativeGestures: true, localIdeographFontFamily: FONTS, locale: CHINESE,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  canvas.append(element("p", { class: "map-note" }, NOTE));
  map.getCanvas().setAttribute("aria-label", "画图：方向键移动，加减号缩放，回车在地图中心加一个点");
  (box as HTMLElement & { map?: maplibre.Map }).map = map;
  await new Promise<void>((done) => void map.once("load", () => done()));
  if (box.dataset["region"]) await ground(map, box.dataset["region"]);

  if (box.dataset["tiles"]) neighbours(map, box.dataset["tiles"], box.dataset["tilesLayer"] ?? "", Number(box.dataset["tilesZoom"] ?? 12));

  let corners: Corner[] = [];
  let whole = true; // whether the text is what the corners say
  let writing = false;
  const marks: maplibre.Marker[] = [];
  map.addSource("shape", { type: "geojson", data: empty() });
  map.addLayer({ id: "shape-fill", type: "fill", source: "shape", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#1a63c9", "fill-opacity": 0.2 } });
  map.addLayer({ id: "shape-line", type: "line", source: "shape", paint: { "line-color": "#1a63c9", "line-width": 3 } });
  map.addLayer({ id: "shape-dots", type: "circle", source: "shape", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": "#c8161d", "circle-stroke-width": 2, "circle-stroke-color": "#fff" } });

  const write = (): void => {
    writing = true;
    field.value = text(kind, corners, box.dataset["box"] !== undefined);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    writing = false;
    whole = true;
    show();
  };
  const set = (at: number, corner: Corner): void => {
    if (kind === "POINT") corners = [corner];
    else if (at >= corners.length) corners = [...corners, corner];
    else corners = corners.map((one, place) => (place === at ? corner : one));
    write();
  };
  const remove = (at: number): void => {
    corners = corners.filter((_, place) => place !== at);
    write();
  };
  const show = (): void => {
    const features: FeatureCollection = { type: "FeatureCollection", features: [] };
    const closed = kind === "POLYGON" || kind === "MULTIPOLYGON";
    if (corners.length === 1) features.features.push({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: corners[0]! } });
    else if (corners.length > 1 && closed && corners.length > 2) features.features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...corners, corners[0]!]] } });
    else if (corners.length > 1) features.features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } });
    void (map.getSource("shape") as maplibre.GeoJSONSource).setData(features);
    for (const mark of marks.splice(0)) mark.remove();
    list.replaceChildren();
    if (corners.length <= MOST) corners.forEach((corner, at) => point(corner, at));
    const need = { POINT: 1, LINESTRING: 2, POLYGON: 3, MULTIPOLYGON: 3, GEOMETRY: 1 }[kind];
    status.textContent = !whole ? "图形有多个部分或有洞，请直接修改上面的文字；重新画会替换它。"
      : corners.length === 0 ? "点击地图加点，也可以在下面输入经度,纬度。"
      : corners.length < need ? `已有 ${corners.length} 个点，还需要 ${need - corners.length} 个。`
      : `已画 ${corners.length} 个点，拖动圆点可以修改。`;
    box.dataset["corners"] = String(corners.length);
    undo.disabled = clear.disabled = corners.length === 0 && whole;
  };
  const point = (corner: Corner, at: number): void => {
    const dot = element("span", { class: "shape-dot" });
    const mark = new maplibre.Marker({ element: dot, draggable: true }).setLngLat(corner).addTo(map);
    mark.on("dragend", () => set(at, round(mark.getLngLat())));
    marks.push(mark);
    const input = element("input", { type: "text", value: corner.join(","), "aria-label": `第${at + 1}点的经度,纬度` });
    input.addEventListener("change", () => {
      const found = typed(input.value);
      if (found) set(at, found);
      else {
        input.setAttribute("aria-invalid", "true");
        status.textContent = `第${at + 1}点应写成“经度,纬度”，例如 114.305,30.593。`;
      }
    });
    const gone = element("button", { type: "button", class: "btn btn-small" }, "删除");
    gone.setAttribute("aria-label", `删除第${at + 1}点`);
    gone.addEventListener("click", () => remove(at));
    list.append(element("li", {}, input, gone));
  };
  const read = (move: boolean): void => {
    const found = parse(field.value);
    corners = found ?? [];
    whole = found !== null;
    show();
    if (move && corners.length === 1) map.jumpTo({ center: corners[0]!, zoom: Math.max(map.getZoom(), 15) });
    else if (move && corners.length > 1) {
      const box = extent({ type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } }] });
      if (box) map.fitBounds(box, { padding: 48, animate: false, maxZoom: 18 });
    }
  };
  const enter = (): void => {
    const found = typed(entry.value);
    if (!found) {
      status.textContent = "请写成“经度,纬度”，例如 114.305,30.593。";
      entry.focus();
      return;
    }
    set(corners.length, found);
    entry.value = "";
    map.jumpTo({ center: found, zoom: Math.max(map.getZoom(), 14) });
  };
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", (event) => set(corners.length, round(event.lngLat)));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    set(corners.length, round(map.getCenter()));
  });
  add.addEventListener("click", enter);
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the form is not sent by it
    enter();
  });
  undo.addEventListener("click", () => {
    corners = corners.slice(0, -1);
    write();
  });
  clear.addEventListener("click", () => {
    corners = [];
    write();
  });
  field.addEventListener("input", () => {
    if (!writing) read(true);
  });
  read(true);
  box.removeAttribute("aria-busy");
  box.dataset["ready"] = "";
});

async function ground(map: maplibre.Map, region: string): Promise<void> {
  try {
    const areas = await getJson<FeatureCollection>(`/regions/boundaries/${region.slice(0, 6)}000000.geojson`);
    addGround(map, areas, LIGHT, false);
    const box = extent(areas);
    if (box) map.fitBounds(box, { padding: 12, animate: false });
  } catch {
    // Without an outline the map is empty ground; drawing works all the same.
  }
}

/** What is registered already, pale, so that one sees where the new shape belongs. */
function neighbours(map: maplibre.Map, tiles: string, layer: string, zoom: number): void {
  map.addSource("known", { type: "vector", tiles: [new URL(tiles, location.href).href.replace(/%7B/g, "{").replace(/%7D/g, "}")], minzoom: Math.min(zoom, 16), maxzoom: 16 });
  const common = { source: "known", "source-layer": layer } as const;
  map.addLayer({ ...common, id: "known-fill", type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#6b7a8d", "fill-opacity": 0.2 } });
  map.addLayer({ ...common, id: "known-line", type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": "#6b7a8d", "line-width": 1.5 } });
  map.addLayer({ ...common, id: "known-dots", type: "circle", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "#6b7a8d", "circle-radius": 3 } });
}

function round(place: { lng: number; lat: number }): Corner {
  return [Number(place.lng.toFixed(7)), Number(place.lat.toFixed(7))];
}

function empty(): FeatureCollection {
  return { type: "FeatureCollection", features: [] };
}
