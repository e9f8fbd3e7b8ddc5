/* Lengths and areas on the ellipsoid of CGCS2000; degrees in, metres and square metres out. Pure functions. */
import type { Position } from "geojson";

const A = 6378137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const rad = (degrees: number): number => (degrees * Math.PI) / 180;
const deg = (radians: number): number => (radians * 180) / Math.PI;

/** Geodesic length between two points (Vincenty 1975, inverse; to a millimetre). Points nearly opposite on the globe do not occur here. */
export function distance(from: Position, to: Position): number {
  const u1 = Math.atan((1 - F) * Math.tan(rad(from[1]!)));
  const u2 = Math.atan((1 - F) * Math.tan(rad(to[1]!)));
  const gap = rad(to[0]! - from[0]!);
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = gap;
  for (let turn = 0; turn < 100; turn++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(cos2 * sl, cos1 * sin2 - sin1 * cos2 * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = sin1 * sin2 + cos1 * cos2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha * sinAlpha;
    const cosM = cos2Alpha ? cosSigma - (2 * sin1 * sin2) / cos2Alpha : 0;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const next = gap + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cosM + c * cosSigma * (2 * cosM * cosM - 1)));
    if (Math.abs(next - lambda) < 1e-12) {
      const k = (cos2Alpha * (A * A - B * B)) / (B * B);
      const p = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
      const q = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
      const tail = (q / 6) * cosM * (4 * sinSigma * sinSigma - 3) * (4 * cosM * cosM - 3);
      return B * p * (sigma - q * sinSigma * (cosM + (q / 4) * (cosSigma * (2 * cosM * cosM - 1) - tail)));
    }
    lambda = next;
  }
  return NaN;
}

/** Length of a line. */
export function length(line: Position[]): number {
  return line.slice(1).reduce((sum, point, at) => sum + distance(line[at]!, point), 0);
}

/** The ellipsoid's own measure of latitude in which areas between parallels are equal, times two over A². */
function authalic(latitude: number): number {
  const s = E * Math.sin(rad(latitude));
  return (1 - E2) * (s / (E * (1 - s * s)) - Math.log((1 - s) / (1 + s)) / (2 * E));
}

/** Points on the great circle between two, so that no step is longer than `step` metres; without the last. */
function between(from: Position, to: Position, step: number): Position[] {
  const parts = Math.min(2000, Math.ceil(distance(from, to) / step));
  if (parts <= 1) return [from];
  const vector = ([lon, lat]: Position): number[] => [Math.cos(rad(lat!)) * Math.cos(rad(lon!)), Math.cos(rad(lat!)) * Math.sin(rad(lon!)), Math.sin(rad(lat!))];
  const [a, b] = [vector(from), vector(to)];
  const angle = Math.acos(Math.min(1, a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!));
  return Array.from({ length: parts }, (_, at) => {
    const share = at / parts;
    const [m, n] = [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)];
    const [x, y, z] = [0, 1, 2].map((axis) => m * a[axis]! + n * b[axis]!);
    return [deg(Math.atan2(y!, x!)), deg(Math.atan2(z!, Math.hypot(x!, y!)))];
  });
}

/** Area inside a ring of points (closed or not), edges being geodesics. */
export function area(ring: Position[]): number {
  const points = ring.flatMap((point, at) => between(point, ring[(at + 1) % ring.length]!, 2000));
  let sum = 0;
  points.forEach((point, at) => {
    const next = points[(at + 1) % points.length]!;
    sum += rad(next[0]! - point[0]!) * (authalic(point[1]!) + authalic(next[1]!));
  });
  return Math.abs((sum * A * A) / 4);
}

/** A ring of `sides` points at `radius` metres around `centre` (errors below a thousandth for radii up to 100 km). */
export function circle(centre: Position, radius: number, sides = 64): Position[] {
  const latitude = rad(centre[1]!);
  const w = 1 - E2 * Math.sin(latitude) ** 2;
  const north = (A * (1 - E2)) / w ** 1.5;
  const east = A / Math.sqrt(w);
  const ring = Array.from({ length: sides }, (_, at): Position => {
    const angle = (2 * Math.PI * at) / sides;
    const lat = latitude + (radius * Math.cos(angle)) / north;
    return [centre[0]! + deg((radius * Math.sin(angle)) / (east * Math.cos((latitude + lat) / 2))), deg(lat)];
  });
  return [...ring, ring[0]!];
}

/** ``1.25 公里``, ``340 米``. */
export function lengthText(metres: number): string {
  return metres >= 1000 ? `${(metres / 1000).toFixed(metres >= 100_000 ? 1 : 3)} 公里` : `${metres.toFixed(metres >= 100 ? 1 : 2)} 米`;
}

/** ``2.31 平方公里``, ``860 平方米`` with hectares between. */
export function areaText(square: number): string {
  if (square >= 1e6) return `${(square / 1e6).toFixed(3)} 平方公里`;
  return square >= 1e4 ? `${(square / 1e4).toFixed(3)} 公顷` : `${square.toFixed(1)} 平方米`;
}
