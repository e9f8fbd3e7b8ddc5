/* The map's state and its address: every choice stands in the query string, so that a link shows the same map. Pure functions. */
import type { Settings, Shape, State, Theme, Time } from "./types";

const STAGES = new Set(["planned", "history", "all"]);
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const POINTS_MOST = 200;

/** A time that the server understands, or the present. */
export function timeOf(text: string | null | undefined): Time {
  return text && (STAGES.has(text) || DAY.test(text)) ? text : "";
}

function numbers(text: string, many?: number): number[] | null {
  const found = text.split(",").map(Number);
  return found.every(Number.isFinite) && (many === undefined || found.length === many) ? found : null;
}

function pair(text: string): [number, number] | null {
  const found = numbers(text, 2);
  if (!found) return null;
  const [lon, lat] = found as [number, number];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? [lon, lat] : null;
}

function within(text: string | null, low: number, high: number, otherwise: number): number {
  const value = text === null || text === "" ? NaN : Number(text);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise;
}

/** The state that `query` asks for; what cannot be understood is left out. */
export function read(query: string, settings: Settings): State {
  const asked = new URLSearchParams(query);
  const known = new Map(settings.layers.map((layer) => [layer.key, layer]));
  const layers = new Map<string, number>();
  for (const part of (asked.get("l") ?? settings.first.join(",")).split(",")) {
    const [key = "", opacity] = part.split(":");
    if (known.has(key)) layers.set(key, within(opacity ?? null, 10, 100, 100));
  }
  const [right, at] = (asked.get("cmp") ?? "").split("~");
  const chosen = /^([a-z_]+\.[a-z_0-9]+):(\d{1,18})$/.exec(asked.get("sel") ?? asked.get("show") ?? "");
  return {
    centre: pair(asked.get("c") ?? ""),
    zoom: within(asked.get("z"), 3, 20, 6),
    bearing: within(asked.get("b"), -180, 180, 0),
    pitch: within(asked.get("p"), 0, 75, 0),
    layers,
    base: settings.basemaps.some((one) => one.name === asked.get("base")) ? asked.get("base")! : "",
    time: timeOf(asked.get("t")),
    compare: asked.has("cmp") ? { time: timeOf(right), at: within(at ?? null, 0, 100, 50) } : null,
    theme: readTheme(asked.get("th"), settings),
    raised: asked.get("h") === "1",
    shape: readShape(asked.get("a") ?? ""),
    chosen: chosen && known.has(chosen[1]!) ? { key: chosen[1]!, id: Number(chosen[2]) } : null,
  };
}

function readTheme(text: string | null, settings: Settings): Theme | null {
  const [key, name, bounds] = (text ?? "").split("~");
  const field = settings.layers.find((layer) => layer.key === key)?.fields.find((one) => one.name === name);
  if (!key || !field) return null;
  const found = bounds ? numbers(bounds) : [];
  return field.kind === "number" && !found?.length ? null : { key, field: field.name, bounds: found ?? [] };
}

function readShape(text: string): Shape | null {
  const [kind, rest = ""] = [text.slice(0, 1), text.slice(2)];
  if (kind === "r" && /^\d{12}$/.test(rest)) return { kind: "region", code: rest };
  if (kind === "o") {
    const [lon, lat, radius] = numbers(rest, 3) ?? [];
    const centre = pair(`${lon},${lat}`);
    return centre && radius! > 0 && radius! <= 200_000 ? { kind: "circle", centre, radius: radius! } : null;
  }
  if (kind !== "p") return null;
  const points = rest.split(";").map(pair);
  return points.length >= 3 && points.length <= POINTS_MOST && points.every((one) => one !== null) ? { kind: "polygon", points: points as [number, number][] } : null;
}

const short = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

function shapeText(shape: Shape): string {
  if (shape.kind === "region") return `r.${shape.code}`;
  if (shape.kind === "circle") return `o.${[short(shape.centre[0], 6), short(shape.centre[1], 6), short(shape.radius, 1)].join(",")}`;
  return "p." + shape.points.map(([lon, lat]) => `${short(lon, 6)},${short(lat, 6)}`).join(";");
}

/** The query string that gives `state` back; only what differs from a fresh map. */
export function write(state: State, settings: Settings): string {
  const made: [string, string][] = [];
  if (state.centre) made.push(["c", `${short(state.centre[0], 5)},${short(state.centre[1], 5)}`], ["z", short(state.zoom, 2)]);
  if (Math.abs(state.bearing) > 0.5) made.push(["b", short(state.bearing, 0)]);
  if (state.pitch > 0.5) made.push(["p", short(state.pitch, 0)]);
  const layers = [...state.layers].map(([key, opacity]) => (opacity < 100 ? `${key}:${opacity}` : key)).join(",");
  if (layers !== settings.first.join(",")) made.push(["l", layers]);
  if (state.base) made.push(["base", state.base]);
  if (state.time) made.push(["t", state.time]);
  if (state.compare) made.push(["cmp", `${state.compare.time}~${short(state.compare.at, 0)}`]);
  if (state.theme) made.push(["th", [state.theme.key, state.theme.field, state.theme.bounds.join(",")].join("~").replace(/~$/, "")]);
  if (state.raised) made.push(["h", "1"]);
  if (state.shape) made.push(["a", shapeText(state.shape)]);
  if (state.chosen) made.push(["sel", `${state.chosen.key}:${state.chosen.id}`]);
  // Commas and colons are allowed in a query string; written plainly a link stays readable.
  return made.map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3B/g, ";")}`).join("&");
}

/** How a time is called. */
export function timeName(time: Time): string {
  return { "": "现状", planned: "规划", history: "历史", all: "全部时态" }[time] ?? time;
}

/** Address of a layer's tiles at a time; layers without versions have only one. */
export function tilesAt(tiles: string, timed: boolean, time: Time): string {
  const extra = !timed || !time ? "" : STAGES.has(time) ? `?stage=${time}` : `?datetime=${time}`;
  return new URL(tiles, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}") + extra;
}
