/* The tree of storeys, types and elements (WAI-ARIA tree): arrows move, Enter flies there, Space shows or hides, I isolates. */
import { element } from "../shared/island";
import { button } from "../solid/ui";
import { membersOf, type Entry, type Kind, type Model } from "./model";

const SHOWN = 400; // elements listed under one type before the search is the better way

export interface TreeActs {
  storey(place: number, on: boolean): Promise<void>;
  show(indices: number[], on: boolean, storey: number): Promise<void>;
  isolate(indices: number[], storey: number): Promise<void>;
  fly(indices: number[], storey: number): Promise<void>;
  choose(index: number): Promise<void>;
}

interface Node {
  members: number[];
  storey: number;
  whole: boolean; // a storey: showing and hiding loads and frees its memory
  one: number; // number of a single element, else −1
  fill?: () => HTMLElement[];
}

export class TreeView {
  readonly root = element("ul", { role: "tree", class: "bim-tree", "aria-label": "楼层与构件" });
  private readonly nodes = new WeakMap<HTMLElement, Node>();
  private readonly rows = new Map<number, HTMLElement>();

  constructor(private readonly model: Model, private readonly acts: TreeActs) {
    model.tree.storeys.forEach((storey, place) => {
      const members = membersOf(storey);
      const height = storey.elevation === null || storey.elevation === undefined ? "" : `${storey.elevation >= 0 ? "+" : ""}${storey.elevation.toFixed(2)}`;
      this.root.append(
        this.row(storey.name || "未分层", `${height}${height ? " m · " : ""}${members.length} 个`, 1, {
          members, storey: place, whole: true, one: -1,
          fill: () => storey.types.map((kind) => this.kind(kind, place)),
        }),
      );
    });
    const first = this.root.querySelector<HTMLElement>("[role=treeitem]");
    if (first) first.tabIndex = 0;
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusin", (event) => this.roam((event.target as HTMLElement).closest<HTMLElement>("[role=treeitem]")));
    this.refresh();
  }

  private kind(kind: Kind, storey: number): HTMLElement {
    const members = kind.elements.map(([index]) => index);
    return this.row(kind.label || kind.ifc_class, `${members.length} 个`, 2, {
      members, storey, whole: false, one: -1, fill: () => this.leaves(kind.elements, storey),
    });
  }

  private leaves(entries: Entry[], storey: number): HTMLElement[] {
    const rows = entries.slice(0, SHOWN).map(([index, globalId, name]) => {
      const row = this.row(name || globalId, "", 3, { members: [index], storey, whole: false, one: index });
      this.rows.set(index, itemOf(row));
      return row;
    });
    if (entries.length > SHOWN) rows.push(element("li", { role: "none", class: "bim-more" }, `还有 ${entries.length - SHOWN} 个，请用上方搜索查找`));
    return rows;
  }

  private row(text: string, note: string, level: number, node: Node): HTMLElement {
    const item = element("div", { class: "bim-row", role: "treeitem", "aria-level": String(level), "aria-selected": "false", tabindex: "-1", "aria-label": note ? `${text}，${note}` : text });
    const twist = element("span", { class: "bim-twist", "aria-hidden": "true" });
    const eye = button("eye", `显示或隐藏${text}`, () => void this.toggle(item), { class: "bim-eye" });
    const solo = button("solo", `只看${text}`, () => void this.acts.isolate(node.members, node.storey).then(() => this.refresh()), { class: "bim-solo" });
    eye.tabIndex = solo.tabIndex = -1;
    item.append(twist, element("span", { class: "bim-name" }, text), element("span", { class: "bim-count" }, note), solo, eye);
    item.addEventListener("click", (event) => {
      if ((event.target as HTMLElement).closest("button")) return;
      item.focus();
      if (event.target === twist || node.one < 0) this.open(item);
      else void this.acts.choose(node.one);
    });
    item.addEventListener("dblclick", () => void this.acts.fly(node.members, node.storey));
    if (node.fill) item.setAttribute("aria-expanded", "false");
    this.nodes.set(item, node);
    return element("li", { role: "none" }, item);
  }

  /** Open or close a node; its children are made when first opened. */
  open(item: HTMLElement, wanted?: boolean): void {
    const node = this.nodes.get(item);
    if (!node?.fill) return;
    const on = wanted ?? item.getAttribute("aria-expanded") !== "true";
    item.setAttribute("aria-expanded", String(on));
    const branch = item.parentElement!;
    let group = branch.querySelector<HTMLElement>(":scope > ul");
    if (on && !group) {
      branch.append((group = element("ul", { role: "group" }, ...node.fill())));
      this.refresh(branch);
    }
    if (group) group.hidden = !on;
  }

  private async toggle(item: HTMLElement): Promise<void> {
    const node = this.nodes.get(item)!;
    const on = item.dataset["seen"] === "no";
    if (node.whole) await this.acts.storey(node.storey, on);
    else await this.acts.show(node.members, on, node.storey);
    this.refresh();
  }

  /** Bring the eyes up to date. */
  refresh(from: HTMLElement = this.root): void {
    for (const item of from.querySelectorAll<HTMLElement>("[role=treeitem]")) this.seen(item);
  }

  private seen(item: HTMLElement): void {
    const node = this.nodes.get(item);
    if (!node) return;
    const there = this.model.has(node.storey);
    const hidden = there ? node.members.filter((index) => this.model.states.hidden(index)).length : node.members.length;
    const state = !there || (hidden === node.members.length && hidden > 0) ? "no" : hidden ? "part" : "yes";
    if (item.dataset["seen"] === state) return;
    item.dataset["seen"] = state;
    const eye = item.querySelector<HTMLElement>(":scope > .bim-eye");
    eye?.setAttribute("aria-pressed", String(state !== "no"));
  }

  /** Open the tree at an element and mark it. */
  mark(index: number): void {
    for (const was of this.root.querySelectorAll("[aria-selected=true]")) was.setAttribute("aria-selected", "false");
    const found = this.model.elements.get(index);
    if (!found) return;
    const storey = this.root.children[found.storey] as HTMLElement | undefined;
    if (!storey) return;
    this.open(itemOf(storey), true);
    const place = this.model.tree.storeys[found.storey]!.types.indexOf(found.kind);
    const kind = storey.querySelector(":scope > ul")?.children[place] as HTMLElement | undefined;
    if (!kind) return;
    this.open(itemOf(kind), true);
    const row = this.rows.get(index) ?? itemOf(kind);
    row.setAttribute("aria-selected", "true");
    this.roam(row);
    row.scrollIntoView({ block: "nearest" });
  }

  /** Show only what matches; an empty text shows the tree again. */
  find(text: string, list: HTMLElement): number {
    const wanted = text.trim().toLowerCase();
    list.replaceChildren();
    this.root.hidden = Boolean(wanted);
    list.hidden = !wanted;
    if (!wanted) return 0;
    let count = 0;
    for (const one of this.model.elements.values()) {
      if (!one.name.toLowerCase().includes(wanted) && !one.globalId.toLowerCase().startsWith(wanted) && !one.kind.label.includes(wanted)) continue;
      if (++count > 100) continue;
      const pick = element("button", { type: "button", class: "bim-hit" }, element("span", {}, one.name || one.globalId), element("small", {}, `${this.model.tree.storeys[one.storey]!.name} · ${one.kind.label}`));
      pick.addEventListener("click", () => void this.acts.choose(one.index).then(() => this.acts.fly([one.index], one.storey)));
      list.append(element("li", {}, pick));
    }
    if (!count) list.append(element("li", { class: "muted" }, "没有找到。可以换一个名称，或输入 GlobalId 的开头。"));
    else if (count > 100) list.append(element("li", { class: "muted" }, `共 ${count} 个，只列出前 100 个，请多输入几个字。`));
    return count;
  }

  private roam(item: HTMLElement | null): void {
    if (!item) return;
    for (const was of this.root.querySelectorAll<HTMLElement>("[role=treeitem][tabindex='0']")) was.tabIndex = -1;
    item.tabIndex = 0;
  }

  private key(event: KeyboardEvent): void {
    const item = (event.target as HTMLElement).closest<HTMLElement>("[role=treeitem]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.nodes.get(item)!;
    const shown = [...this.root.querySelectorAll<HTMLElement>("[role=treeitem]")].filter((one) => !one.closest("ul[hidden]"));
    const at = shown.indexOf(item);
    const open = item.getAttribute("aria-expanded");
    if (event.key === "ArrowDown") shown[at + 1]?.focus();
    else if (event.key === "ArrowUp") shown[at - 1]?.focus();
    else if (event.key === "Home") shown[0]?.focus();
    else if (event.key === "End") shown.at(-1)?.focus();
    else if (event.key === "ArrowRight") open === "false" ? this.open(item, true) : shown[at + 1]?.focus();
    else if (event.key === "ArrowLeft") open === "true" ? this.open(item, false) : item.parentElement?.parentElement?.parentElement?.querySelector<HTMLElement>(":scope > [role=treeitem]")?.focus();
    else if (event.key === " ") void this.toggle(item);
    else if (event.key === "i" || event.key === "I") void this.acts.isolate(node.members, node.storey).then(() => this.refresh());
    else if (event.key === "Enter") void (node.one >= 0 ? this.acts.choose(node.one).then(() => this.acts.fly(node.members, node.storey)) : this.acts.fly(node.members, node.storey));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function itemOf(branch: HTMLElement): HTMLElement {
  return branch.querySelector<HTMLElement>(":scope > [role=treeitem]")!;
}
