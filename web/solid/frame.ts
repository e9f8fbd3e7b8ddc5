/* The frame of a 3D page: picture in the middle, side panels (a sheet with tabs on a phone), tool bar, light or dark. */
import { element } from "../shared/island";
import { button, press } from "./ui";

/** Say that 3D is not possible here; what the page offered without scripts stays. */
export function notSolid(box: HTMLElement): void {
  box.classList.add("solid-flat");
  box.prepend(element("p", { class: "notice notice-warn", role: "alert" }, "当前浏览器或设备不支持三维显示（WebGL 2），下面以列表显示同样的内容。"));
  box.dataset["flat"] = "";
}

/** One side panel. */
export interface Side {
  key: string;
  title: string;
  body: HTMLElement;
}

/** Panels on the left and right of the picture; on a narrow screen they become one sheet with tabs. */
export class Frame {
  readonly stage = element("div", { class: "solid-stage" });
  readonly tools = element("div", { class: "solid-tools", role: "toolbar", "aria-label": "三维工具" });
  /** Tools at the foot of the picture; what they open stands above them. */
  readonly dock = element("div", { class: "solid-dock" }, this.tools);
  private readonly tabs = element("div", { class: "solid-tabs", role: "tablist" });
  private readonly sheet = element("div", { class: "solid-sheet" });
  private readonly buttons = new Map<string, HTMLElement>();
  private readonly panels = new Map<string, HTMLElement>();
  private readonly groups = new Map<string, string>();
  private readonly columns = new Map<string, HTMLElement>();
  /** Called when the part of the picture that panels leave free has changed. */
  reframe: () => void = () => undefined;
  readonly phone = matchMedia("(max-width: 820px)").matches;

  constructor(readonly box: HTMLElement, left: Side[], right: Side[]) {
    box.classList.add("solid-live");
    this.stage.append(this.dock);
    if (this.phone) {
      const bar = element("div", { class: "solid-bar" }, this.tabs);
      this.sheet.append(bar, ...[...left, ...right].map((side) => this.panel(side, this.tabs, "sheet")));
      const grip = button("list", "展开或收起面板", () => this.fold(), { class: "solid-grip" });
      bar.append(grip);
      box.append(this.stage, this.sheet);
      this.sheet.dataset["open"] = "no";
    } else {
      box.append(this.column(left, "solid-left"), this.stage, this.column(right, "solid-right"));
    }
    for (const sides of this.phone ? [[...left, ...right]] : [left, right]) if (sides[0]) this.show(sides[0].key, false);
  }

  private column(sides: Side[], name: string): HTMLElement {
    const tabs = element("div", { class: "solid-tabs", role: "tablist" });
    const column = element("div", { class: `solid-column ${name}` });
    const bar = element("div", { class: "solid-bar" }, tabs);
    column.append(bar, ...sides.map((side) => this.panel(side, tabs, name)));
    column.dataset["open"] = "yes";
    bar.append(button("chevron", "收起或展开面板", () => this.open(column, column.dataset["open"] !== "yes"), { class: "solid-fold" }));
    this.columns.set(name, column);
    return column;
  }

  private panel(side: Side, tabs: HTMLElement, group: string): HTMLElement {
    const id = `solid-${side.key}-${Math.random().toString(36).slice(2, 8)}`;
    const tab = element("button", { type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id, "aria-selected": "false", tabindex: "-1" }, side.title);
    tab.addEventListener("click", () => this.show(side.key));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      const all = [...tabs.querySelectorAll<HTMLElement>("[role=tab]")];
      const next = all[(all.indexOf(tab) + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length]!;
      next.focus();
      next.click();
    });
    tabs.append(tab);
    const panel = element("section", { role: "tabpanel", id, "aria-labelledby": `${id}-tab`, class: "solid-panel", tabindex: "0" });
    panel.append(side.body);
    this.buttons.set(side.key, tab);
    this.panels.set(side.key, panel);
    this.groups.set(side.key, group);
    return panel;
  }

  /** Bring a panel to the front; on a phone the sheet opens. */
  show(key: string, open = true): void {
    const group = this.groups.get(key);
    for (const [name, panel] of this.panels) {
      if (this.groups.get(name) !== group) continue;
      panel.hidden = name !== key;
      const tab = this.buttons.get(name)!;
      tab.setAttribute("aria-selected", String(name === key));
      tab.tabIndex = name === key ? 0 : -1;
    }
    if (open && this.phone) this.sheet.dataset["open"] = "yes";
    const column = this.columns.get(group ?? "");
    if (open && column) this.open(column, true);
  }

  private open(column: HTMLElement, on: boolean): void {
    column.hidden = false;
    column.dataset["open"] = on ? "yes" : "no";
    this.settle();
  }

  /** Tools and picture keep to the middle of what the panels leave free. */
  settle(): void {
    const [left, right] = this.covered();
    this.stage.style.setProperty("--covered-left", `${left}px`);
    this.stage.style.setProperty("--covered-right", `${right}px`);
    this.reframe();
  }

  /** Take a column away until one of its panels is wanted. */
  away(key: string): void {
    const column = this.columns.get(this.groups.get(key) ?? "");
    if (column) column.hidden = true;
    this.settle();
  }

  /** Pixels at the left and right that open panels cover. */
  covered(): [number, number] {
    const wide = (name: string): number => {
      const column = this.columns.get(name);
      return column && !column.hidden && column.dataset["open"] === "yes" ? column.offsetWidth + 12 : 0;
    };
    return [wide("solid-left"), wide("solid-right")];
  }

  private fold(): void {
    this.sheet.dataset["open"] = this.sheet.dataset["open"] === "yes" ? "no" : "yes";
  }

  /** Add tools; `null` makes a gap. */
  tool(...tools: (HTMLElement | null)[]): void {
    for (const tool of tools) this.tools.append(tool ?? element("span", { class: "solid-gap", "aria-hidden": "true" }));
  }

  /** Light or dark, kept for the next visit. */
  theme(change: (dark: boolean) => void): HTMLButtonElement {
    const toggle = button("moon", "深色背景", () => set(this.box.dataset["theme"] !== "dark"), { toggle: true });
    const set = (dark: boolean): void => {
      this.box.dataset["theme"] = dark ? "dark" : "light";
      press(toggle, dark);
      try {
        localStorage.setItem("solid-theme", dark ? "dark" : "light");
      } catch {
        /* private windows keep nothing */
      }
      change(dark);
    };
    let kept = "";
    try {
      kept = localStorage.getItem("solid-theme") ?? "";
    } catch {
      /* private windows keep nothing */
    }
    set(kept === "dark" || this.box.dataset["dark"] !== undefined);
    return toggle;
  }
}
