/* What stands beside the picture: properties of the chosen element, findings of the checks, differences between versions. */
import { element, fill, getJson } from "../shared/island";
import type { Element, Model } from "./model";

export interface Finding {
  rule: string;
  severity: string;
  message: string;
  demand?: string;
  feature_index: number | null;
  global_id?: string;
}

export interface Difference {
  added: Change[];
  removed: Change[];
  changed: Change[];
}

export interface Change {
  global_id: string;
  index_a?: number | null;
  index_b?: number | null;
  name?: string;
  ifc_class?: string;
  storey?: string;
  fields?: unknown;
}

export const SHADES = { fail: 0xd92d20, warn: 0xe69a00, pass: 0x2a8a47, added: 0x2a8a47, removed: 0xd92d20, changed: 0xe69a00 };
const FIELDS: Record<string, string> = { properties: "属性", placement: "位置", geometry: "形状" };
const WORDS: Record<string, string> = { fail: "不通过", warn: "提醒", pass: "通过" };

/** fail, warn or pass. */
export function grade(severity: string): "fail" | "warn" | "pass" {
  const word = severity.toLowerCase();
  if (/pass|ok|info/.test(word)) return "pass";
  return /warn|advice|minor/.test(word) ? "warn" : "fail";
}

/** Properties of one element, whatever groups the server gives. */
export async function properties(into: HTMLElement, template: string, found: Element, storey: string): Promise<void> {
  into.setAttribute("aria-busy", "true");
  const head = element("header", { class: "bim-head" }, element("h2", {}, found.name || found.kind.label), element("p", { class: "muted" }, `${found.kind.label} · ${storey}`));
  const basics = facts([["类别", `${found.kind.label}（${found.kind.ifc_class}）`], ["楼层", storey], ["GlobalId", found.globalId], ["编号", String(found.index)]]);
  into.replaceChildren(head, basics);
  try {
    const data = await getJson<Record<string, unknown>>(fill(template, { index: found.index }));
    const rest = parts(data);
    into.append(...rest);
    if (!rest.length) into.append(element("p", { class: "muted" }, "这个构件没有登记属性。"));
  } catch (error) {
    into.append(element("p", { class: "notice notice-warn", role: "alert" }, error instanceof Error && error.message ? error.message : "属性暂时读不到，请稍后再选一次。"));
  } finally {
    into.removeAttribute("aria-busy");
  }
}

const TITLES: Record<string, string> = { properties: "属性", quantities: "工程量", findings: "检查结果", type: "类型", materials: "材料", attributes: "基本属性" };
const KNOWN = new Set(["feature_index", "index", "global_id", "ifc_class", "name", "storey", "label", "type_name", "digest", "box", "version", "id", "url"]);

function parts(data: Record<string, unknown>): HTMLElement[] {
  const made: HTMLElement[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (KNOWN.has(key) || value === null || value === "") continue;
    if (key === "findings" && Array.isArray(value)) {
      if (value.length) made.push(group("检查结果", element("ul", { class: "bim-list" }, ...(value as Finding[]).map((one) => findingRow(one, null)))));
    } else if (key === "quantities" && Array.isArray(value)) {
      const pairs = (value as Record<string, unknown>[]).map((one): [string, string] => [String(one["name"] ?? ""), [plain(one["value"]), one["unit"] ?? "", one["source"] ? `（${String(one["source"])}）` : ""].join(" ").trim()]);
      if (pairs.length) made.push(group("工程量", facts(pairs)));
    } else if (Array.isArray(value)) {
      const rows = (value as Record<string, unknown>[]).map((one) => (typeof one === "object" && one ? Object.values(one).map(plain).join(" ") : plain(one)));
      if (rows.length) made.push(group(TITLES[key] ?? key, element("ul", { class: "bim-list" }, ...rows.map((row) => element("li", {}, row)))));
    } else if (typeof value === "object") {
      const loose: [string, string][] = [];
      for (const [name, inner] of Object.entries(value as Record<string, unknown>)) {
        if (inner !== null && typeof inner === "object" && !Array.isArray(inner)) {
          const pairs = Object.entries(inner as Record<string, unknown>).filter(([label]) => label !== "id").map(([label, one]): [string, string] => [label, plain(one)]);
          if (pairs.length) made.push(group(name, facts(pairs)));
        } else loose.push([name, plain(inner)]);
      }
      if (loose.length) made.push(group(TITLES[key] ?? key, facts(loose)));
    } else {
      made.push(facts([[TITLES[key] ?? key, plain(value)]]));
    }
  }
  return made;
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (value === true) return "是";
  if (value === false) return "否";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toLocaleString("zh-CN", { maximumFractionDigits: 3 });
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function facts(pairs: [string, string][]): HTMLElement {
  return element("dl", { class: "bim-facts" }, ...pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function group(title: string, content: HTMLElement): HTMLElement {
  const made = element("details", { class: "bim-group" }, element("summary", {}, title), content);
  made.open = true;
  return made;
}

function findingRow(one: Finding, act: (() => void) | null): HTMLElement {
  const level = grade(one.severity);
  const body = [element("span", { class: `bim-grade bim-${level}` }, WORDS[level]!), element("span", { class: "bim-said" }, one.message), element("small", {}, [one.rule, one.demand].filter(Boolean).join("：") || "")];
  if (!act) return element("li", {}, ...body);
  const row = element("button", { type: "button", class: "bim-hit" }, ...body);
  row.addEventListener("click", act);
  return element("li", {}, row);
}

/** The list of findings; a click goes to the element. */
export function findingsList(findings: Finding[], open: number, go: (index: number) => void): HTMLElement {
  const order = { fail: 0, warn: 1, pass: 2 };
  const sorted = [...findings].sort((a, b) => order[grade(a.severity)] - order[grade(b.severity)]);
  const counts = { fail: 0, warn: 0, pass: 0 };
  for (const one of sorted) counts[grade(one.severity)]++;
  const head = element("p", { class: "bim-sum" }, ...(["fail", "warn", "pass"] as const).filter((level) => counts[level]).map((level) => element("span", { class: `bim-grade bim-${level}` }, `${WORDS[level]} ${counts[level]}`)));
  if (open) head.append(element("span", { class: "bim-grade bim-open" }, `未检查 ${open}`));
  const list = element("ul", { class: "bim-list" });
  for (const one of sorted.slice(0, 500)) list.append(findingRow(one, one.feature_index === null || one.feature_index === undefined ? null : () => go(one.feature_index!)));
  if (!sorted.length) list.append(element("li", { class: "muted" }, "检查没有发现问题。"));
  return element("div", {}, head, list);
}

/** How many elements no rule applied to: neither passed nor failed. */
export function unchecked(model: Model, findings: Finding[]): number {
  const faulty = new Set(findings.map((one) => one.feature_index));
  return [...model.elements.values()].filter((one) => !one.checked && !faulty.has(one.index)).length;
}

/** Colours by check result: what a rule applied to without complaint has passed; what no rule applied to keeps the pale ground. */
export function gradeShades(model: Model, findings: Finding[]): Map<number, number> {
  const shades = new Map<number, number>();
  for (const one of model.elements.values()) if (one.checked) shades.set(one.index, SHADES.pass);
  for (const level of ["warn", "fail"] as const) {
    for (const one of findings) if (one.feature_index !== null && grade(one.severity) === level) shades.set(one.feature_index, SHADES[level]);
  }
  return shades;
}

/** The list of differences; a click goes to the element. */
export function differenceList(difference: Difference, name: (change: Change, gone: boolean) => string, go: (change: Change, kind: keyof Difference) => void): HTMLElement {
  const titles: [keyof Difference, string][] = [["added", "新增"], ["removed", "删除"], ["changed", "变更"]];
  const body = element("div", {});
  for (const [kind, title] of titles) {
    const rows = difference[kind];
    const list = element("ul", { class: "bim-list" });
    for (const one of rows.slice(0, 300)) {
      const what = Array.isArray(one.fields) ? one.fields.map((field) => (typeof field === "string" ? (FIELDS[field] ?? field) : plain((field as Record<string, unknown>)["label"] ?? (field as Record<string, unknown>)["name"] ?? field))).join("、") : one.fields && typeof one.fields === "object" ? Object.keys(one.fields).join("、") : "";
      const row = element("button", { type: "button", class: "bim-hit" }, element("span", { class: "bim-said" }, name(one, kind === "removed")), element("small", {}, what ? `变化：${what}` : one.global_id));
      row.addEventListener("click", () => go(one, kind));
      list.append(element("li", {}, row));
    }
    if (!rows.length) list.append(element("li", { class: "muted" }, "没有"));
    const made = group(`${title} ${rows.length}`, list);
    made.classList.add(`bim-${kind}`);
    body.append(made);
  }
  return body;
}
