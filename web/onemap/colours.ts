/* Colours of features and the legend that explains them, from code lists or classes of a number. Pure functions. */
import type { ExpressionSpecification } from "maplibre-gl";
import { ramp } from "../shared/geometry";
import type { Layer, Theme } from "./types";

export const OTHER = "#8a97a8";
const STOPS = ["#fbe3a0", "#f59f3d", "#d6492f", "#7d1142"]; // from light to dark, also for those who confuse red and green

export interface Entry {
  label: string;
  colour: string;
}

export interface Legend {
  key: string;
  title: string;
  items: Entry[];
}

/** Bounds as a person reads them: ``3–6``, the last one open. */
export function classLabel(bounds: number[], at: number, unit: string): string {
  const next = bounds[at + 1];
  const end = unit ? ` ${unit}` : "";
  return next === undefined ? `${bounds[at]}${end}及以上` : `${bounds[at]} – ${next}${end}`;
}

/** One shade for each class. */
export function shades(count: number): string[] {
  return ramp(STOPS, count);
}

/** Colours of `layer`, by the theme when it is this layer's, else by the field that the layer declares. */
export function legendOf(layer: Layer, theme: Theme | null): Legend {
  const own = theme?.key === layer.key ? layer.fields.find((field) => field.name === theme.field) : undefined;
  if (own?.kind === "number" && theme) {
    const colours = shades(theme.bounds.length);
    const items = theme.bounds.map((_, at) => ({ label: classLabel(theme.bounds, at, own.unit), colour: colours[at]! }));
    return { key: layer.key, title: `${layer.title}（${own.label}）`, items: [...items, { label: "未填写", colour: OTHER }] };
  }
  const codes = own ? own.codes : layer.colours;
  if (!codes.length) return { key: layer.key, title: layer.title, items: [{ label: layer.title, colour: layer.colour }] };
  const by = own ?? layer.fields.find((field) => field.name === layer.colour_by);
  const items = codes.map(([, label, colour]) => ({ label, colour }));
  return { key: layer.key, title: by ? `${layer.title}（${by.label}）` : layer.title, items: [...items, { label: "其他或未填写", colour: OTHER }] };
}

/** `colour` mixed with white. */
function softer(colour: string, share: number): string {
  return share ? ramp([colour, "#ffffff"], 101)[Math.round(share * 100)]! : colour;
}

/** The same as an expression for the map, mixed with a share of white. */
export function colourOf(layer: Layer, theme: Theme | null, white = 0): ExpressionSpecification | string {
  const rest = softer(OTHER, white);
  const own = theme?.key === layer.key ? layer.fields.find((field) => field.name === theme.field) : undefined;
  if (own?.kind === "number" && theme) {
    const colours = shades(theme.bounds.length);
    const value = ["to-number", ["get", own.name], -1e12];
    const steps = theme.bounds.flatMap((bound, at) => [bound, softer(colours[at]!, white)]);
    return ["case", ["!", ["has", own.name]], rest, ["step", value, rest, ...steps]] as unknown as ExpressionSpecification;
  }
  const codes = own ? own.codes : layer.colours;
  const field = own?.name ?? layer.colour_by;
  if (!field || !codes.length) return softer(layer.colour, white);
  return ["match", ["to-string", ["get", field]], ...codes.flatMap(([code, , colour]) => [code, softer(colour, white)]), rest] as unknown as ExpressionSpecification;
}
