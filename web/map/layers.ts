/* Layers that a page puts on the map: GeoJSON or vector tiles, coloured by a property, each feature a link. */
import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, Map as MapLibre, MapGeoJSONFeature } from "maplibre-gl";
import { Popup } from "maplibre-gl";
import { element, fill, follow, getJson } from "../shared/island";
import { extent, type Box } from "../shared/geometry";

/** One layer: `link` is an address with `{property}` in it, or the name of a property that holds an address. */
export interface Layer {
  id: string;
  title: string;
  url: string;
  kind?: "geojson" | "mvt" | undefined;
  source_layer?: string | undefined;
  colour?: string | undefined;
  colour_by?: string | undefined;
  colours?: Record<string, string> | undefined;
  label?: string | undefined;
  link?: string | undefined;
  min_zoom?: number | undefined;
  fit?: boolean | undefined;
}

const PLAIN = "#1a63c9";

/** Add `layer` and return the extent of its features when it is GeoJSON. */
export async function addLayer(map: MapLibre, box: HTMLElement, layer: Layer, halo: string): Promise<Box | null> {
  let found: Box | null = null;
  const id = `page-${layer.id}`;
  if (layer.kind === "mvt") {
    map.addSource(id, { type: "vector", tiles: [new URL(layer.url, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], maxzoom: 18 });
  } else {
    const data = await getJson<FeatureCollection>(layer.url);
    found = data.features.length ? extent(data) : null;
    map.addSource(id, { type: "geojson", data });
  }
  const from = { source: id, ...(layer.kind === "mvt" ? { "source-layer": layer.source_layer ?? layer.id } : {}), minzoom: layer.min_zoom ?? 0 };
  const shade = shadeOf(layer);
  map.addLayer({ id: `${id}-fill`, type: "fill", ...from, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": shade, "fill-opacity": 0.35 } });
  map.addLayer({ id: `${id}-line`, type: "line", ...from, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": shade, "line-width": 2 } });
  map.addLayer({
    id: `${id}-point`, type: "circle", ...from, filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-color": shade, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 6, 4, 12, 8, 16, 11],
    },
  });
  if (layer.label) {
    map.addLayer({
      id: `${id}-label`, type: "symbol", ...from, minzoom: Math.max(layer.min_zoom ?? 0, 10),
      layout: { "text-field": ["to-string", ["get", layer.label]], "text-size": 13, "text-offset": [0, 1.1], "text-anchor": "top", "text-max-width": 9 },
      paint: { "text-color": "#1d2433", "text-halo-color": halo, "text-halo-width": 1.4 },
    });
  }
  for (const part of ["fill", "line", "point"]) {
    map.on("mouseenter", `${id}-${part}`, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", `${id}-${part}`, () => (map.getCanvas().style.cursor = ""));
    map.on("click", `${id}-${part}`, (event) => {
      const feature = event.features?.[0];
      if (feature && !box.dataset["pick"] && onTop(map, event.point, `${id}-${part}`)) show(map, layer, feature, event.lngLat);
    });
  }
  return found;
}

/** Whether the layer `id` lies on top there: where several layers meet, only one answers. */
function onTop(map: MapLibre, point: { x: number; y: number }, id: string): boolean {
  const found = map.queryRenderedFeatures([point.x, point.y]).find((feature) => /^page-.*-(fill|line|point)$/.test(feature.layer.id));
  return found?.layer.id === id;
}

function shadeOf(layer: Layer): ExpressionSpecification | string {
  const cases = Object.entries(layer.colours ?? {}).flat();
  if (!layer.colour_by || !cases.length) return layer.colour ?? PLAIN;
  return ["match", ["to-string", ["get", layer.colour_by]], ...cases, layer.colour ?? "#6b7a8d"] as unknown as ExpressionSpecification;
}

function addressOf(layer: Layer, properties: Record<string, unknown>): string {
  if (layer.link?.includes("{")) return fill(layer.link, properties);
  return String(properties[layer.link ?? "link"] ?? properties["url"] ?? "");
}

function show(map: MapLibre, layer: Layer, feature: MapGeoJSONFeature, at: { lng: number; lat: number }): void {
  const properties = feature.properties;
  const address = addressOf(layer, { ...properties, id: properties["id"] ?? feature.id });
  const title = String(properties[layer.label ?? "name"] ?? properties["title"] ?? layer.title);
  const content = element("div", { class: "map-popup" }, element("strong", {}, title));
  if (layer.colour_by && properties[layer.colour_by] != null) content.append(element("p", {}, String(properties[layer.colour_by])));
  if (address) {
    const link = element("a", { href: address, class: "btn btn-small" }, "查看详情");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      follow(address);
    });
    content.append(link);
  }
  new Popup({ maxWidth: "280px" }).setLngLat(at).setDOMContent(content).addTo(map);
}
