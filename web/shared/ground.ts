/* The offline ground of every map: bundled outlines of divisions (示意，非法定界线), their lines and names. */
import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import * as maplibre from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { labels } from "./geometry";

maplibre.setWorkerUrl(worker);

/** Fonts of Chinese labels: drawn by the browser, so that no glyph files are needed. */
export const FONTS = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif";
export const NOTE = "示意，非法定界线";

export interface Ground {
  page: string;
  land: string;
  line: string;
  ink: string;
  halo: string;
}

export const LIGHT: Ground = { page: "#eef3fa", land: "#fbfdff", line: "#8fa8cc", ink: "#2c3e5d", halo: "#ffffff" };
export const DARK: Ground = { page: "rgba(0,0,0,0)", land: "#0b2a5c", line: "#2f7fd6", ink: "#e6f2ff", halo: "#04122b" };

/** Whether this browser can draw maps at all. */
export function supported(): boolean {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

/** Land, boundaries and names of one level of divisions; `bare` leaves the land out. */
export function addGround(map: maplibre.Map, areas: FeatureCollection, ground: Ground, bare: boolean): void {
  map.addSource("areas", { type: "geojson", data: areas, promoteId: "code" });
  map.addSource("names", { type: "geojson", data: labels(areas) });
  if (!bare) map.addLayer({ id: "land", type: "fill", source: "areas", paint: { "fill-color": ground.land } });
  map.addLayer({
    id: "line", type: "line", source: "areas",
    paint: { "line-color": ground.line, "line-width": ["interpolate", ["linear"], ["zoom"], 5, 0.8, 10, 1.8] },
    layout: { "line-join": "round" },
  });
  map.addLayer({
    id: "names", type: "symbol", source: "names",
    layout: { "text-field": ["coalesce", ["get", "short_name"], ["get", "name"], ""], "text-size": 13, "text-max-width": 6, "text-padding": 3 },
    paint: { "text-color": ground.ink, "text-halo-color": ground.halo, "text-halo-width": 1.4 },
  });
}
