/* Areas shaded by a number, with a legend, a line of text for the area under the pointer, and a link on click. */
import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, Map as MapLibre } from "maplibre-gl";
import { element, fill, follow, legends } from "../shared/island";
import { classes, ramp } from "../shared/geometry";

/** `values`: area code → number (a code may be shortened to its significant digits). */
export interface Choropleth {
  title: string;
  unit?: string;
  values: Record<string, number>;
  link?: string;
}

/** Shade the areas of the ground. */
export function addChoropleth(map: MapLibre, box: HTMLElement, areas: FeatureCollection, data: Choropleth, dark: boolean): void {
  const valueOf = (code: string): number => data.values[code] ?? data.values[code.replace(/(00)+$/, "")] ?? 0;
  const codes = areas.features.map((feature) => String(feature.properties?.["code"] ?? ""));
  const bounds = classes(codes.map(valueOf));
  const none = dark ? "#0a2450" : "#f4f7fc";
  const shades = ramp(dark ? ["#0c3c7d", "#1567c9", "#35c3ff"] : ["#d6e6fa", "#7fb0ec", "#1a63c9"], bounds.length);
  const shade = (value: number): string => (value > 0 ? (shades[bounds.findLastIndex((bound) => value >= bound)] ?? none) : none);
  const cases = codes.flatMap((code) => [code, shade(valueOf(code))]);
  const paint = ["match", ["get", "code"], ...cases, none] as unknown as ExpressionSpecification;
  map.addLayer({ id: "choropleth", type: "fill", source: "areas", paint: { "fill-color": cases.length ? paint : none } }, "line");
  map.addLayer(
    { id: "choropleth-over", type: "line", source: "areas", filter: ["==", ["get", "code"], ""], paint: { "line-color": dark ? "#ffd95e" : "#0b3a86", "line-width": 2.5 } },
  );
  const unit = data.unit ?? "";
  const status = element("p", { class: "map-status", "aria-live": "polite" }, data.title);
  const legend = element("ul", { class: "map-legend", "aria-label": `图例：${data.title}` });
  bounds.forEach((bound, at) => {
    const dot = element("span", { class: "map-dot map-dot-area" });
    dot.style.background = shades[at]!;
    const next = bounds[at + 1];
    const range = next === undefined ? `${bound} ${unit}及以上` : next - 1 > bound ? `${bound}–${next - 1} ${unit}` : `${bound} ${unit}`;
    legend.append(element("li", {}, dot, range));
  });
  const zero = element("span", { class: "map-dot map-dot-area" });
  zero.style.background = none;
  legend.prepend(element("li", {}, zero, "无"));
  box.append(status);
  legends(box).append(legend);
  map.on("mousemove", "choropleth", (event) => {
    const properties = event.features?.[0]?.properties;
    if (!properties) return;
    status.textContent = `${String(properties["name"])}：${valueOf(String(properties["code"]))}${unit}`;
    map.setFilter("choropleth-over", ["==", ["get", "code"], String(properties["code"])]);
    map.getCanvas().style.cursor = data.link ? "pointer" : "";
  });
  map.on("mouseleave", "choropleth", () => {
    status.textContent = data.title;
    map.setFilter("choropleth-over", ["==", ["get", "code"], ""]);
  });
  if (data.link) {
    const link = data.link;
    map.on("click", "choropleth", (event) => {
      const properties = event.features?.[0]?.properties;
      if (properties) follow(fill(link, properties));
    });
  }
}
