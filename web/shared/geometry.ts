/* Geometry helpers of the map: label points, extents, value classes. Pure functions. */
import type { Feature, FeatureCollection, Geometry, Position } from "geojson";

export type Box = [number, number, number, number];

/** Every position of a geometry. */
export function* positions(geometry: Geometry | null): Generator<Position> {
  if (!geometry) return;
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positions(part);
    return;
  }
  const stack: unknown[] = [geometry.coordinates];
  while (stack.length) {
    const item = stack.pop() as unknown[];
    if (typeof item[0] === "number") yield item as Position;
    else stack.push(...item);
  }
}

/** West, south, east, north of the features, or null when they have no geometry. */
export function extent(collection: FeatureCollection): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const feature of collection.features) {
    for (const [lon = 0, lat = 0] of positions(feature.geometry)) {
      box[0] = Math.min(box[0], lon);
      box[1] = Math.min(box[1], lat);
      box[2] = Math.max(box[2], lon);
      box[3] = Math.max(box[3], lat);
    }
  }
  return Number.isFinite(box[0]) ? box : null;
}

/** Signed area of a ring in square degrees; only compared with others of the same map. */
function area(ring: Position[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    sum += (ring[j]![0]! - ring[i]![0]!) * (ring[j]![1]! + ring[i]![1]!);
  }
  return sum / 2;
}

/** Where a label stands: the point itself, or the centroid of the largest ring. */
export function labelPoint(geometry: Geometry): Position | null {
  if (geometry.type === "Point") return geometry.coordinates;
  const rings: Position[][] = [];
  if (geometry.type === "Polygon") rings.push(geometry.coordinates[0] ?? []);
  else if (geometry.type === "MultiPolygon") rings.push(...geometry.coordinates.map((part) => part[0] ?? []));
  else return [...positions(geometry)][0] ?? null;
  const ring = rings.reduce((best, next) => (Math.abs(area(next)) > Math.abs(area(best)) ? next : best), rings[0] ?? []);
  let x = 0;
  let y = 0;
  let total = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const cross = ring[j]![0]! * ring[i]![1]! - ring[i]![0]! * ring[j]![1]!;
    x += (ring[j]![0]! + ring[i]![0]!) * cross;
    y += (ring[j]![1]! + ring[i]![1]!) * cross;
    total += cross;
  }
  return total ? [x / (3 * total), y / (3 * total)] : (ring[0] ?? null);
}

/** One point per named area, for its label. */
export function labels(collection: FeatureCollection): FeatureCollection {
  const points: Feature[] = [];
  for (const feature of collection.features) {
    const point = feature.geometry && labelPoint(feature.geometry);
    if (point) points.push({ type: "Feature", geometry: { type: "Point", coordinates: point }, properties: feature.properties });
  }
  return { type: "FeatureCollection", features: points };
}

/** Up to `count` lower bounds that split the positive values evenly; at least one. */
export function classes(values: number[], count = 5): number[] {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (!sorted.length) return [1];
  const bounds = new Set<number>();
  for (let i = 0; i < count; i++) bounds.add(sorted[Math.floor((i * sorted.length) / count)]!);
  return [...bounds].sort((a, b) => a - b);
}

/** Shades between colours, `count` of them. */
export function ramp(stops: string[], count: number): string[] {
  const parts = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? parts.length - 1 : (i / (count - 1)) * (parts.length - 1);
    const low = Math.min(Math.floor(at), parts.length - 2 < 0 ? 0 : parts.length - 2);
    const high = Math.min(low + 1, parts.length - 1);
    const mix = parts[low]!.map((value, channel) => Math.round(value + (parts[high]![channel]! - value) * (at - low)));
    return "#" + mix.map((value) => value.toString(16).padStart(2, "0")).join("");
  });
}
