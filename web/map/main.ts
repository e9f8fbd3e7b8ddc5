/* The map: offline boundaries of the division, layers of the page, choropleth, and picking a place for a form.

   <div class="map" data-island="map" data-boundary="/regions/boundaries/420000000000.geojson" …>what is shown without scripts</div>

   data-layers      JSON list (or #id, or address) of Layer
   data-geojson / data-mvt, data-colour-by, data-colours, data-link, data-label, data-source-layer: one layer in short
   data-lon, data-lat (or data-point "lon,lat"), data-zoom   a marked place
   data-max-zoom    how near the features of the layers are shown at first (14 when absent)
   data-region      12-digit code: the boundary of its county or city as ground
   data-choropleth  JSON (or #id, or address) of Choropleth
   data-pick        "#id_lon,#id_lat": a form's inputs that the map writes into
   data-dark        big-screen colours */
import "./map.css";
import type { FeatureCollection } from "geojson";
import * as maplibre from "maplibre-gl";
import { element, fold, getJson, islands, legends, source } from "../shared/island";
import { addChoropleth, type Choropleth } from "./choropleth";
import { extent, type Box } from "../shared/geometry";
import { addGround, DARK, FONTS, LIGHT, NOTE, supported } from "../shared/ground";
import { addLayer, type Layer } from "./layers";
import { pick } from "./pick";
import { CHINESE } from "../shared/map-words";

islands("map", async (box) => {
  box.classList.add("map");
  const dark = box.dataset["dark"] !== undefined;
  const ground = dark ? DARK : LIGHT;
  if (!supported()) throw new Error("WebGL2 is missing");
  fold(box, "以列表查看");
  box.setAttribute("aria-busy", "true");
  const canvas = element("div", { class: "map-canvas" });
  box.append(canvas);
  const map = new maplibre.Map({
    container: canvas,
    style: { version: 8, sources: {}, layers: [{ id: "page", type: "background", paint: { "background-color": ground.page } }] },
    center: [112.3, 30.97],
    zoom: 6,
    minZoom: 3,
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: box.dataset["calm"] !== undefined,
    localIdeographFontFamily: FONTS,
    locale: CHINESE,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  if (!dark) map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  box.append(element("p", { class: "map-note" }, NOTE));
  map.getCanvas().setAttribute("aria-label", box.dataset["label"] ?? "地图：方向键移动，加减号缩放");
  (box as HTMLElement & { map?: maplibre.Map }).map = map;
  await new Promise<void>((done) => void map.once("load", () => done()));

  let view: Box | null = null;
  const choropleth = box.dataset["choropleth"] ? await source<Choropleth>(box.dataset["choropleth"]) : null;
  const boundary = box.dataset["boundary"] ?? (box.dataset["region"] ? `/regions/boundaries/${box.dataset["region"].slice(0, 6)}000000.geojson` : "");
  if (boundary) {
    const areas = await getJson<FeatureCollection>(boundary);
    view = extent(areas);
    addGround(map, areas, ground, choropleth !== null);
    if (choropleth) addChoropleth(map, box, areas, choropleth, dark);
  }
  const [first, second] = (box.dataset["point"] ?? "").split(",");
  const lon = number(box.dataset["lon"] ?? first);
  const lat = number(box.dataset["lat"] ?? second);
  const layers = await pageLayers(box);
  for (const layer of layers) {
    const found = await addLayer(map, box, layer, ground.halo);
    if (found && layer.fit !== false && (lon === null || lat === null)) view = found;
  }
  if (layers.length > 1 || layers.some((layer) => layer.colours)) addLegend(box, layers);
  if (lon !== null && lat !== null) {
    if (!box.dataset["pick"]) new maplibre.Marker({ color: "#c8161d" }).setLngLat([lon, lat]).addTo(map);
    map.jumpTo({ center: [lon, lat], zoom: number(box.dataset["zoom"]) ?? 12 });
  } else if (view) {
    const same = view[0] === view[2] && view[1] === view[3];
    const wide = box.clientWidth > box.clientHeight * 1.15;
    const legend = choropleth ? (wide ? { left: 150 } : { bottom: 175 }) : {};
    const most = number(box.dataset["maxZoom"]);
    if (same) map.jumpTo({ center: [view[0], view[1]], zoom: most ?? 12 });
    else map.fitBounds(view, { padding: { top: 28, right: 28, bottom: 28, left: 28, ...legend }, animate: false, maxZoom: most ?? 14 });
  }
  if (box.dataset["pick"]) pick(map, box);
  box.removeAttribute("aria-busy");
  box.dataset["ready"] = "";
});

function number(text: string | undefined): number | null {
  const value = Number.parseFloat(text ?? "");
  return Number.isFinite(value) ? value : null;
}

async function pageLayers(box: HTMLElement): Promise<Layer[]> {
  const data = box.dataset;
  const layers = data["layers"] ? await source<Layer[]>(data["layers"]) : [];
  const url = data["geojson"] ?? data["mvt"];
  if (url) {
    layers.push({
      id: "layer", title: data["title"] ?? "", url, kind: data["mvt"] ? "mvt" : "geojson",
      colour_by: data["colourBy"], colours: data["colours"] ? (JSON.parse(data["colours"]) as Record<string, string>) : undefined,
      link: data["link"], label: data["labelBy"], source_layer: data["sourceLayer"],
    });
  }
  return layers;
}

function addLegend(box: HTMLElement, layers: Layer[]): void {
  const list = element("ul", { class: "map-legend" });
  for (const layer of layers) {
    for (const [name, shade] of Object.entries(layer.colours ?? { [layer.title]: layer.colour ?? "#1a63c9" })) {
      const dot = element("span", { class: "map-dot" });
      dot.style.background = shade;
      list.append(element("li", {}, dot, name));
    }
  }
  legends(box).append(list);
}
