/* Tools and panels: layers on the left, one other panel on the right; on a phone one of all. Buttons say which is open; Escape closes
   and gives the focus back. */
import type { App } from "./app";

type Hooks = { open?: () => void; close?: () => void };
const LAYERS = "layers";
const WIDE = 760;

export class Panels {
  current = "";
  private left = false;
  private readonly hooks = new Map<string, Hooks>();
  private opener: HTMLElement | null = null;

  constructor(private readonly app: App) {
    for (const button of this.buttons()) {
      button.addEventListener("click", () => {
        const name = button.dataset["tool"]!;
        if (this.shows(name)) this.close(name);
        else this.open(name, button);
      });
    }
    for (const button of app.box.querySelectorAll<HTMLElement>("[data-close]")) {
      const name = button.closest<HTMLElement>("[data-panel]")!.dataset["panel"]!;
      button.addEventListener("click", () => this.close(name));
    }
    app.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || app.mode || !this.current) return;
      this.close();
      event.preventDefault();
    });
  }

  /** Call hooks when the panel `name` is opened or closed. */
  on(name: string, hooks: Hooks): void {
    this.hooks.set(name, hooks);
  }

  /** Open the panel `name` in the place of the one that was there. The focus goes to its heading unless `quiet`. */
  open(name: string, opener: HTMLElement | null = null, quiet = false): void {
    if (this.shows(name)) return;
    const phone = this.app.box.clientWidth < WIDE;
    if (name !== LAYERS || phone) this.shut();
    if (name === LAYERS || phone) this.setLeft(name === LAYERS);
    if (name !== LAYERS) this.current = name;
    this.opener = opener ?? (document.activeElement instanceof HTMLElement ? document.activeElement : null);
    const panel = this.panel(name);
    panel.hidden = false;
    this.mark();
    this.hooks.get(name)?.open?.();
    if (!quiet) panel.querySelector<HTMLElement>("h2")?.focus();
  }

  /** Close a panel (the one on the right unless named); the focus returns to the button that opened it. */
  close(name = this.current): void {
    const inside = name !== "" && this.panel(name).contains(document.activeElement);
    const opener = this.opener;
    if (name === LAYERS) this.setLeft(false);
    else this.shut();
    this.mark();
    if (inside) opener?.focus();
  }

  private shows(name: string): boolean {
    return name === LAYERS ? this.left : this.current === name;
  }

  private setLeft(open: boolean): void {
    this.left = open;
    this.panel(LAYERS).hidden = !open;
    this.app.box.toggleAttribute("data-left", open);
  }

  private shut(): void {
    if (!this.current) return;
    const name = this.current;
    this.current = "";
    this.panel(name).hidden = true;
    this.mark();
    this.hooks.get(name)?.close?.();
  }

  private panel(name: string): HTMLElement {
    return this.app.need(`[data-panel="${name}"]`);
  }

  private buttons(): NodeListOf<HTMLElement> {
    return this.app.box.querySelectorAll<HTMLElement>("[data-tool]");
  }

  private mark(): void {
    this.app.box.toggleAttribute("data-open", this.current !== "" || this.left);
    for (const button of this.buttons()) button.setAttribute("aria-expanded", String(this.shows(button.dataset["tool"]!)));
  }
}
