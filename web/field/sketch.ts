/* A small plan of a task's place, drawn on the device: grids, buildings, the place, and the person on the way. North is up. */
import type { Around, Fix } from "./types";

const SVG = "http://www.w3.org/2000/svg";
const REACH = 120; // metres to the east and west
const RISE = 75; // and to the north and south: a plan that leaves room for the photos
const DEGREE = 111_320;

/** An element of a drawing. */
export function node(tag: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** The plan around `place`; `fix` is where the person is, when that is on it. */
export function sketch(around: Around, place: { lon: number; lat: number }, fix: Fix | null): SVGElement {
  const svg = node("svg", { viewBox: `${-REACH} ${-RISE} ${2 * REACH} ${2 * RISE}`, class: "sketch", role: "img", "aria-label": "位置示意图，上北下南，中间是问题地点" });
  const path = (ring: number[]): string => {
    let text = "";
    for (let at = 0; at + 1 < ring.length; at += 2) text += `${at ? "L" : "M"}${ring[at]} ${-ring[at + 1]!}`;
    return `${text}Z`;
  };
  for (const [, ring] of around.grids) svg.append(node("path", { d: path(ring), class: "sketch-grid" }));
  for (const ring of around.buildings) svg.append(node("path", { d: path(ring), class: "sketch-building" }));
  svg.append(node("circle", { r: "9", class: "sketch-here" }));
  if (fix) {
    const x = (fix.lon - place.lon) * DEGREE * Math.cos((place.lat * Math.PI) / 180);
    const y = (fix.lat - place.lat) * DEGREE;
    if (Math.abs(x) < REACH && Math.abs(y) < RISE) svg.append(node("circle", { cx: String(Math.round(x)), cy: String(Math.round(-y)), r: "7", class: "sketch-me" }));
  }
  const scale = node("g", { class: "sketch-scale" });
  const words = node("text", { x: "-108", y: "59" });
  words.textContent = "50米";
  scale.append(node("path", { d: "M-110 65h50" }), words);
  const north = node("text", { x: "100", y: "-57", class: "sketch-north" });
  north.textContent = "北";
  svg.append(scale, north);
  return svg;
}

/** “东北 320米”: which way and how far from a fix to a place. Pure. */
export function way(fix: { lon: number; lat: number }, place: { lon: number; lat: number }, metres: number): string {
  const x = (place.lon - fix.lon) * Math.cos((place.lat * Math.PI) / 180);
  const turn = (Math.atan2(x, place.lat - fix.lat) * 4) / Math.PI;
  const words = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"][(Math.round(turn) + 8) % 8]!;
  return metres < 1000 ? `${words} ${Math.round(metres)}米` : `${words} ${(metres / 1000).toFixed(1)}公里`;
}
