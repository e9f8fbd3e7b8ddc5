/* The text of a shape field and its corners: longitude,latitude for points, GeoJSON for the rest. */
import type { Geometry, Position } from "geojson";

export type Corner = [number, number];
export type Kind = "POINT" | "LINESTRING" | "POLYGON" | "MULTIPOLYGON" | "GEOMETRY";

/** A typed place, null when it is none. Chinese commas and blanks do. */
export function typed(raw: string): Corner | null {
  const parts = raw.replace(/[，、\s]+/g, ",").split(",").filter(Boolean).map(Number);
  if (parts.length !== 2 || !parts.every(Number.isFinite)) return null;
  const [x, y] = parts as Corner;
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}

/** Corners of a field's text: none for an empty or unreadable one, null for a shape of several parts or with holes. */
export function parse(raw: string): Corner[] | null {
  const value = raw.trim();
  if (!value) return [];
  if (!value.startsWith("{")) {
    const numbers = value.replace(/[，\s]+/g, ",").split(",").filter(Boolean).map(Number);
    if (numbers.length === 4 && numbers.every(Number.isFinite)) {
      const [west, south, east, north] = numbers as [number, number, number, number];
      return [[west, south], [east, south], [east, north], [west, north]];
    }
    const one = typed(value);
    return one ? [one] : [];
  }
  try {
    return ring(JSON.parse(value) as Geometry);
  } catch {
    return [];
  }
}

function ring(shape: Geometry): Corner[] | null {
  if (shape.type === "Point") return [flat(shape.coordinates)];
  if (shape.type === "LineString") return shape.coordinates.map(flat);
  if (shape.type === "Polygon") return shape.coordinates.length === 1 ? open(shape.coordinates[0]!) : null;
  if (shape.type === "MultiPolygon") return shape.coordinates.length === 1 && shape.coordinates[0]!.length === 1 ? open(shape.coordinates[0]![0]!) : null;
  return null;
}

function open(closed: Position[]): Corner[] {
  return closed.slice(0, -1).map(flat);
}

function flat(place: Position): Corner {
  return [place[0]!, place[1]!];
}

/** What the form sends for these corners; fewer than the shape needs are sent as they are, so that the server says what is missing. */
export function text(kind: Kind, corners: Corner[], box: boolean): string {
  if (!corners.length) return "";
  if (kind === "POINT" || (kind === "GEOMETRY" && corners.length === 1)) return corners[corners.length - 1]!.join(",");
  const closed = [...corners, corners[0]!];
  const outline: Geometry = kind === "MULTIPOLYGON" ? { type: "MultiPolygon", coordinates: [[closed]] } : { type: "Polygon", coordinates: [closed] };
  const area = kind === "POLYGON" || kind === "MULTIPOLYGON";
  if (box && corners.length < 3) return corners.map((one) => one.join(",")).join(",");
  return JSON.stringify(area ? outline : { type: "LineString", coordinates: corners });
}
