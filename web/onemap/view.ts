/* One map canvas at one time: ground, background map, layers as vector tiles, what is drawn and what is highlighted. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import * as maplibre from "maplibre-gl";
import { labels } from "../shared/geometry";
import { FONTS, LIGHT } from "../shared/ground";
import { CHINESE } from "../shared/map-words";
import { colourOf } from "./colours";
import { tilesAt } from "./state";
import type { Layer, Settings, State, Time } from "./types";

const PARTS = ["fill", "line", "point", "height"] as const; // those one can point at
const SLOTS = ["base", "fill", "outline", "line", "point", "height", "top"] as const; // what is added later stands below its slot
const DENSE = 15;
const SOFT = 0.3; // walls in full colour would shout
const LAND = ["#ffffff", "#eef4fc", "#e4eefa", "#f6fafe", "#e9f2f4"];
export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** A feature under the pointer. */
export interface Found {
  layer: Layer;
  id: number;
  label: string;
  count: number; // how many it stands for: far out a layer shows a sample
}

export class MapView {
  readonly map: maplibre.Map;
  readonly loaded: Promise<void>;
  private readonly tiles = new Map<string, string>();
  private base = "";

  constructor(
    readonly container: HTMLElement,
    private readonly settings: Settings,
    camera: { center: [number, number]; zoom: number; bearing: number; pitch: number },
    label: string,
  ) {
    this.map = new maplibre.Map({
      container,
      style: {
        version: 8,
        sources: {},
        layers: [
          { id: "page", type: "background", paint: { "background-color": LIGHT.page } },
          ...SLOTS.map((slot) => ({ id: `slot-${slot}`, type: "background" as const, layout: { visibility: "none" as const } })),
        ],
      },
      ...camera,
      minZoom: 3,
      maxZoom: 20,
      maxPitch: 75,
      attributionControl: false,
      localIdeographFontFamily: FONTS,
      locale: CHINESE,
      fadeDuration: 0,
    });
    this.map.getCanvas().setAttribute("aria-label", label);
    this.loaded = new Promise((done) => void this.map.once("load", () => done()));
  }

  /** The outlines of divisions: tinted land, thin lines of counties, strong ones of cities, names by zoom. */
  addGround(areas: FeatureCollection): void {
    const cities = new Map(areas.features.filter((one) => one.properties?.["level"] === "city").map((one, at) => [String(one.properties?.["code"]), at]));
    const tinted = areas.features.map((one): Feature => {
      const code = String(one.properties?.["code"] ?? "");
      const tint = cities.has(code) ? cities.get(code)! : Number(code.slice(4, 6)) || 0;
      return { ...one, properties: { ...one.properties, tint: tint % LAND.length } };
    });
    const data: FeatureCollection = { type: "FeatureCollection", features: tinted };
    const whole = cities.size > 0;
    this.map.addSource("areas", { type: "geojson", data, promoteId: "code" });
    this.map.addSource("names", { type: "geojson", data: labels(data) });
    const of = (level: string): maplibre.FilterSpecification => ["==", ["get", "level"], level];
    // A county directly under the province is drawn like a city: nothing else stands above it.
    const strong: maplibre.FilterSpecification = whole ? ["any", of("city") as never, ["==", ["slice", ["get", "code"], 2, 4], "90"]] : ["boolean", true];
    this.map.addLayer(
      {
        id: "land", type: "fill", source: "areas", filter: whole ? ["!=", ["get", "level"], "city"] : ["boolean", true],
        paint: { "fill-color": ["match", ["get", "tint"], ...LAND.flatMap((colour, at) => [at, colour]), "#ffffff"] as unknown as maplibre.ExpressionSpecification },
      },
      "slot-base",
    );
    this.map.addLayer({ id: "county-line", type: "line", source: "areas", filter: of("county"), paint: { "line-color": "#9fb9dc", "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.5, 12, 1.4] } }, "slot-outline");
    this.map.addLayer({ id: "city-line", type: "line", source: "areas", filter: strong, layout: { "line-join": "round" }, paint: { "line-color": "#2b62b3", "line-width": ["interpolate", ["linear"], ["zoom"], 5, 1.1, 10, 2.2] } }, "slot-outline");
    const text = { "text-field": ["get", "name"] as maplibre.ExpressionSpecification, "text-max-width": 6, "text-padding": 4 };
    const ink = { "text-color": LIGHT.ink, "text-halo-color": LIGHT.halo, "text-halo-width": 1.6 };
    this.map.addLayer({ id: "city-name", type: "symbol", source: "names", filter: strong, maxzoom: 9.5, layout: { ...text, "text-size": 15 }, paint: ink });
    if (whole) this.map.addLayer({ id: "county-name", type: "symbol", source: "names", filter: ["all", of("county") as never, ["!=", ["slice", ["get", "code"], 2, 4], "90"]], minzoom: 7.2, maxzoom: 14, layout: { ...text, "text-size": 13 }, paint: { ...ink, "text-color": "#48608a" } });
    for (const name of ["mark", "drawn"]) this.map.addSource(name, { type: "geojson", data: EMPTY });
    this.map.addLayer({ id: "drawn-fill", type: "fill", source: "drawn", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#1a63c9", "fill-opacity": 0.12 } }, "slot-top");
    this.map.addLayer({ id: "drawn-line", type: "line", source: "drawn", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": "#1250a8", "line-width": 2.5, "line-dasharray": [2, 1.2] } }, "slot-top");
    this.map.addLayer({ id: "drawn-point", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "#ffffff", "circle-stroke-color": "#1250a8", "circle-stroke-width": 2, "circle-radius": 5 } }, "slot-top");
    this.map.addLayer({ id: "mark-fill", type: "fill", source: "mark", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#ffbf47", "fill-opacity": 0.35 } }, "slot-top");
    this.map.addLayer({ id: "mark-edge", type: "line", source: "mark", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": "#0b0c0c", "line-width": 5 } }, "slot-top");
    this.map.addLayer({ id: "mark-line", type: "line", source: "mark", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": "#ffbf47", "line-width": 3 } }, "slot-top");
    this.map.addLayer({ id: "mark-point", type: "circle", source: "mark", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "rgba(255,191,71,0.35)", "circle-stroke-color": "#0b0c0c", "circle-stroke-width": 3, "circle-radius": 13 } }, "slot-top");
  }

  /** Show what `state` says, with its versioned layers as they are at `time`. */
  apply(state: State, time: Time): void {
    this.applyBase(state.base);
    for (const layer of this.settings.layers) {
      const opacity = state.layers.get(layer.key);
      if (opacity === undefined) this.hide(layer);
      else this.show(layer, state, time, opacity / 100);
    }
  }

  /** Put `geometry` (or nothing) under the highlighter. */
  mark(geometry: Geometry | null): void {
    this.source("mark")?.setData(geometry ? { type: "Feature", geometry, properties: {} } : EMPTY);
  }

  /** What is being drawn or measured, or asked about. */
  draw(data: FeatureCollection): void {
    this.source("drawn")?.setData(data);
  }

  /** Features of the layers that are on, at a point (with a little room for fingers) or in the whole view; each once. */
  found(at?: maplibre.PointLike, room = 5): Found[] {
    const ids = this.settings.layers.flatMap((layer) => PARTS.map((part) => `${layer.key}|${part}`)).filter((id) => this.map.getLayer(id));
    if (!ids.length) return [];
    const point = at ? maplibre.Point.convert(at) : null;
    const where: [maplibre.PointLike, maplibre.PointLike] | undefined = point ? [[point.x - room, point.y - room], [point.x + room, point.y + room]] : undefined;
    const seen = new Map<string, Found>();
    for (const feature of where ? this.map.queryRenderedFeatures(where, { layers: ids }) : this.map.queryRenderedFeatures({ layers: ids })) {
      const layer = this.settings.layers.find((one) => feature.layer.id.startsWith(`${one.key}|`));
      const id = Number(feature.id ?? feature.properties["id"]);
      if (!layer || !Number.isSafeInteger(id) || seen.has(`${layer.key}:${id}`)) continue;
      seen.set(`${layer.key}:${id}`, { layer, id, label: String(feature.properties[layer.label] ?? "") || `${layer.title} ${id}`, count: Number(feature.properties["count"] ?? 1) || 1 });
    }
    return [...seen.values()];
  }

  /** Values of a coded field among the features of a layer that are in the view. */
  values(layer: Layer, field: string): Set<string> {
    const ids = PARTS.map((part) => `${layer.key}|${part}`).filter((id) => this.map.getLayer(id));
    return new Set(this.map.queryRenderedFeatures({ layers: ids }).map((feature) => String(feature.properties[field] ?? "")));
  }

  private source(name: string): maplibre.GeoJSONSource | undefined {
    return this.map.getSource<maplibre.GeoJSONSource>(name);
  }

  private applyBase(name: string): void {
    if (name === this.base) return;
    for (const id of this.map.getStyle().layers.map((one) => one.id).filter((one) => one.startsWith("base|"))) {
      this.map.removeLayer(id);
      this.map.removeSource(id);
    }
    this.base = name;
    const chosen = this.settings.basemaps.find((one) => one.name === name);
    const over = this.settings.basemaps.find((one) => one.name === chosen?.over);
    for (const one of [chosen, over]) {
      if (!one) continue;
      this.map.addSource(`base|${one.name}`, { type: "raster", tiles: [tilesAt(one.tiles, false, "")], tileSize: 256, minzoom: one.min_zoom, maxzoom: one.max_zoom });
      this.map.addLayer({ id: `base|${one.name}`, type: "raster", source: `base|${one.name}` }, "slot-base");
    }
    // Names of divisions stand on every picture; its own land would only hide it.
    this.map.setLayoutProperty("land", "visibility", chosen ? "none" : "visible");
  }

  private hide(layer: Layer): void {
    for (const part of [...PARTS, "label"]) if (this.map.getLayer(`${layer.key}|${part}`)) this.map.removeLayer(`${layer.key}|${part}`);
    if (this.map.getSource(layer.key)) this.map.removeSource(layer.key);
    this.tiles.delete(layer.key);
  }

  private show(layer: Layer, state: State, time: Time, opacity: number): void {
    const tiles = tilesAt(layer.tiles, layer.timed, time);
    const known = this.tiles.get(layer.key);
    if (known === undefined) {
      this.map.addSource(layer.key, { type: "vector", tiles: [tiles], minzoom: layer.min_zoom, maxzoom: Math.max(16, layer.min_zoom) });
      this.addParts(layer);
    } else if (known !== tiles) this.map.getSource<maplibre.VectorTileSource>(layer.key)?.setTiles([tiles]);
    this.tiles.set(layer.key, tiles);
    const shade = colourOf(layer, state.theme);
    const raised = state.raised && layer.height !== "";
    const set = (part: string, values: Record<string, unknown>): void => {
      const id = `${layer.key}|${part}`;
      if (this.map.getLayer(id)) for (const [name, value] of Object.entries(values)) this.map.setPaintProperty(id, name as never, value as never);
    };
    // Buildings stand on the ground; what covers it (grids, areas) lets it be seen.
    const ground = layer.height === "" ? 0.3 : state.base ? 0.75 : 0.6;
    set("fill", { "fill-color": shade, "fill-opacity": (raised ? 0 : layer.key.startsWith("regions.") ? 0.1 : ground) * opacity });
    set("line", { "line-color": shade, "line-opacity": opacity });
    set("point", { "circle-color": shade, "circle-opacity": opacity, "circle-stroke-opacity": opacity });
    set("height", { "fill-extrusion-color": colourOf(layer, state.theme, SOFT), "fill-extrusion-opacity": 0.92 * opacity });
    if (this.map.getLayer(`${layer.key}|height`)) this.map.setLayoutProperty(`${layer.key}|height`, "visibility", raised ? "visible" : "none");
  }

  private addParts(layer: Layer): void {
    const from = { source: layer.key, "source-layer": layer.source_layer, minzoom: layer.min_zoom };
    const id = (part: string): string => `${layer.key}|${part}`;
    const wide: maplibre.ExpressionSpecification = ["interpolate", ["exponential", 1.6], ["zoom"], 8, 1, 13, 1.6, 16, 3, 20, 8];
    if (layer.geometry === "polygon" || layer.geometry === "mixed") {
      this.map.addLayer({ id: id("fill"), type: "fill", ...from, filter: ["==", ["geometry-type"], "Polygon"] }, "slot-fill");
      if (layer.height) {
        const tall: maplibre.ExpressionSpecification = ["max", ["to-number", ["get", layer.height], 0], 0];
        this.map.addLayer({ id: id("height"), type: "fill-extrusion", ...from, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-extrusion-height": tall, "fill-extrusion-vertical-gradient": true } }, "slot-height");
      }
    }
    if (layer.geometry !== "point") {
      const edge = layer.geometry === "polygon" ? (["interpolate", ["linear"], ["zoom"], 10, 0.4, 16, 1.2] as maplibre.ExpressionSpecification) : wide;
      const dashes = layer.underground ? { "line-dasharray": [3, 1.2] } : {};
      this.map.addLayer({ id: id("line"), type: "line", ...from, filter: ["!=", ["geometry-type"], "Point"], layout: { "line-cap": layer.underground ? "butt" : "round", "line-join": "round" }, paint: { "line-width": edge, ...dashes } }, "slot-line");
    }
    // Far out, small outlines arrive as points, and one point may stand for many features (`count`).
    // What comes in thousands (lamps, covers) is shown late, and small.
    const dense = layer.min_zoom >= DENSE;
    const single = layer.geometry !== "point" ? [6, 1.8, 14, 3] : dense ? [15, 3, 17, 5, 20, 9] : [6, 4, 12, 5.5, 16, 7, 19, 10];
    const many: maplibre.ExpressionSpecification = ["min", 15, ["+", layer.geometry === "point" ? 4.5 : 2, ["*", 1.25, ["ln", ["to-number", ["get", "count"], 1]]]]];
    const size = (value: number): maplibre.ExpressionSpecification => ["case", ["has", "count"], many, value];
    const radius = ["interpolate", ["linear"], ["zoom"], ...single.map((value, at) => (at % 2 ? size(value) : value))] as unknown as maplibre.ExpressionSpecification;
    const rim = layer.geometry === "point" && !dense ? 1.2 : 0.5;
    this.map.addLayer({ id: id("point"), type: "circle", ...from, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-stroke-color": "#ffffff", "circle-stroke-width": rim, "circle-radius": radius } }, "slot-point");
    this.map.addLayer({
      id: id("label"), type: "symbol", ...from, minzoom: dense ? 18.5 : Math.max(layer.min_zoom, layer.geometry === "point" ? 14.5 : 16.5),
      layout: {
        "text-field": ["to-string", ["get", layer.label]], "text-size": 12, "text-max-width": 8, "text-optional": true,
        ...(layer.geometry === "line" ? { "symbol-placement": "line" as const } : layer.geometry === "point" ? { "text-offset": [0, 0.9] as [number, number], "text-anchor": "top" as const } : {}),
      },
      paint: { "text-color": "#1d2433", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
    });
  }
}
