/* What the page tells the island (`onemap/views.py`), and what a person has chosen. */
import type { Box } from "../shared/geometry";

export type Code = [code: string, label: string, colour: string];

export interface Field {
  name: string;
  label: string;
  unit: string;
  kind: "coded" | "number";
  codes: Code[];
}

export interface Layer {
  key: string;
  title: string;
  group: string;
  min_zoom: number;
  geometry: "point" | "line" | "polygon" | "mixed";
  tiles: string;
  items: string;
  list: string;
  source_layer: string;
  label: string;
  colour: string;
  colour_by: string;
  colours: Code[];
  fields: Field[];
  height: string;
  depth: string;
  underground: boolean;
  timed: boolean;
}

export interface Basemap {
  name: string;
  title: string;
  tiles: string;
  note: string;
  min_zoom: number;
  max_zoom: number;
  over: string;
  datum: string;
}

export interface Settings {
  layers: Layer[];
  first: string[];
  ground: string;
  home: Box | null;
  region: string;
  basemaps: Basemap[];
  today: string;
  maker: string;
  note: string;
}

/** `""` is the present; otherwise a stage, or a day as YYYY-MM-DD. */
export type Time = string;

/** Colours of one layer by one field; `bounds` are lower bounds of classes when it is a number. */
export interface Theme {
  key: string;
  field: string;
  bounds: number[];
}

/** What is asked about: a drawn ring, a circle, or a division. */
export type Shape =
  | { kind: "polygon"; points: [number, number][] }
  | { kind: "circle"; centre: [number, number]; radius: number }
  | { kind: "region"; code: string };

/** Everything that stands in the address. */
export interface State {
  centre: [number, number] | null;
  zoom: number;
  bearing: number;
  pitch: number;
  layers: Map<string, number>; // key → opacity in per cent, in the order they were switched on
  base: string;
  time: Time;
  compare: { time: Time; at: number } | null; // the right half's time, the divider in per cent of the width
  theme: Theme | null;
  raised: boolean;
  shape: Shape | null;
  chosen: { key: string; id: number } | null;
}

/** The card of one feature (`onemap/features.py`). */
export interface Card {
  key: string;
  id: number;
  kind: string;
  label: string;
  facts: [string, string][];
  url: string;
  versions: { id: number; from: string; to: string; stage: string }[];
  geometry: GeoJSON.Geometry | null;
  box: Box | null;
}
