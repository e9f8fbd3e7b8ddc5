/* The one map (一张图): `div.onemap` of `cim/onemap/page.html`, whose panels the server has made; `#onemap-settings` holds `Settings`.

   Tests reach the canvases through `box.app`: `app.view.map` and, when comparing, `app.second.map`. */
import type { FeatureCollection } from "geojson";
import { NavigationControl, ScaleControl } from "maplibre-gl";
import { supported } from "../shared/ground";
import { element, getJson, islands, source } from "../shared/island";
import { App } from "./app";
import { listen } from "./draw";
import { Identify } from "./identify";
import { measure } from "./measure";
import { output } from "./output";
import { Panels } from "./panels";
import { search } from "./search";
import { read } from "./state";
import { statistics } from "./statistics";
import { theme } from "./theme";
import { Compare, times } from "./time";
import { tree } from "./tree";
import type { Settings } from "./types";
import { MapView } from "./view";

const PITCH = 52;

islands("onemap", async (box) => {
  if (!supported()) throw new Error("WebGL2 is missing");
  const settings = await source<Settings>(box.dataset["settings"] ?? "");
  const state = read(location.search, settings);
  const flies = state.chosen !== null && state.centre === null; // a link to a record says no place: it is where the record is
  const stage = box.querySelector<HTMLElement>(".om-map")!;
  box.setAttribute("aria-busy", "true");
  const camera = { center: state.centre ?? ([112.3, 30.97] as [number, number]), zoom: state.zoom, bearing: state.bearing, pitch: state.pitch };
  const view = new MapView(stage, settings, camera, "一张图：方向键移动，加减号缩放，回车查看中心的要素");
  const app = new App(box, settings, state, view);
  Object.assign(box, { app });
  view.map.addControl(new NavigationControl({ visualizePitch: true }), "bottom-right");
  view.map.addControl(new ScaleControl({ unit: "metric", maxWidth: 110 }), "bottom-left");

  const areas = getJson<FeatureCollection>(`/regions/boundaries/${settings.ground}.geojson?deep=1`);
  const ground = async (one: MapView): Promise<void> => one.addGround(await areas);
  await view.loaded;
  await ground(view);
  if (!state.centre && settings.home) view.map.fitBounds(settings.home, { padding: box.clientWidth < 760 ? 24 : { top: 60, bottom: 50, left: 350, right: 60 }, animate: false });
  const panels = new Panels(app);
  const identify = new Identify(app, panels);
  tree(app);
  times(app, panels);
  theme(app, panels);
  measure(app, panels);
  const again = statistics(app, panels);
  output(app, panels);
  search(app, async (key, id, fly) => identify.show(key, id, { fly }));
  const compare = new Compare(app, panels, identify, ground);
  identify.attach(view);
  listen(app);
  raise(app);
  place(app);
  app.refresh();

  const chosen = state.chosen;
  if (chosen && !state.layers.has(chosen.key)) state.layers.set(chosen.key, 100);
  if (box.clientWidth >= 760) panels.open("layers", null, true);
  if (state.compare) panels.open("compare", null, true);
  else if (state.shape) panels.open("draw", null, true);
  if (state.compare) await compare.start();
  if (state.shape && panels.current !== "draw") await again();
  if (chosen) await identify.show(chosen.key, chosen.id, { fly: flies });
  box.removeAttribute("aria-busy");
  box.dataset["ready"] = "";
});

/** The 2.5D button: buildings rise to their height, and the map tilts. */
function raise(app: App): void {
  const button = app.need("[data-raise]");
  const mark = (): void => button.setAttribute("aria-pressed", String(app.state.raised));
  button.addEventListener("click", () => {
    app.state.raised = !app.state.raised;
    app.view.map.easeTo({ pitch: app.state.raised ? PITCH : 0, bearing: app.state.raised ? -18 : 0, animate: false });
    app.say(app.state.raised ? "建筑按高度立体显示；按住右键拖动可以旋转。" : "已恢复平面显示。");
    app.refresh();
  });
  app.watch(mark);
}

/** Keep the camera in the state, and say where the pointer (or the middle) is. */
function place(app: App): void {
  const { map } = app.view;
  const line = app.need(".om-where");
  const tell = (lon: number, lat: number): void => void line.replaceChildren(`东经 ${lon.toFixed(5)}° 北纬 ${lat.toFixed(5)}°`, element("span", {}, `${map.getZoom().toFixed(1)} 级`));
  const keep = (): void => {
    const { lng, lat } = map.getCenter();
    Object.assign(app.state, { centre: [lng, lat], zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() });
    tell(lng, lat);
    app.remember();
  };
  map.on("moveend", keep);
  map.on("mousemove", (event) => tell(event.lngLat.lng, event.lngLat.lat));
  keep();
}
