/* What the parts of the page share: settings, state, the map (two when comparing), panels, and one line of status. */
import type { FeatureCollection } from "geojson";
import { write } from "./state";
import type { Layer, Settings, State } from "./types";
import type { MapView } from "./view";

type Watcher = () => void;

/** A mode takes clicks on the map for itself (drawing, measuring) until it is left. */
export interface Mode {
  click(point: [number, number]): void;
  move?(point: [number, number]): void;
  finish(): void;
  undo(): void;
  leave(): void;
}

export class App {
  mode: Mode | null = null;
  second: MapView | null = null;
  private readonly watchers: Watcher[] = [];
  private writing = 0;

  constructor(
    readonly box: HTMLElement,
    readonly settings: Settings,
    readonly state: State,
    readonly view: MapView,
  ) {}

  /** The element of the page that fits `selector`; the template has it. */
  need<E extends HTMLElement = HTMLElement>(selector: string): E {
    const found = this.box.querySelector<E>(selector);
    if (!found) throw new Error(`the page has no ${selector}`);
    return found;
  }

  layer(key: string): Layer | undefined {
    return this.settings.layers.find((one) => one.key === key);
  }

  /** Layers that are on, in the tree's order. */
  shown(): Layer[] {
    return this.settings.layers.filter((one) => this.state.layers.has(one.key));
  }

  /** The canvases there are: one, or two when comparing. */
  views(): MapView[] {
    return this.second ? [this.view, this.second] : [this.view];
  }

  /** Call `watcher` after every change of the state. */
  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
  }

  /** The state has changed: show it, tell who watches, and write it into the address. */
  refresh(): void {
    this.view.apply(this.state, this.state.time);
    if (this.second && this.state.compare) this.second.apply(this.state, this.state.compare.time);
    for (const watcher of this.watchers) watcher();
    this.remember();
  }

  /** Put the state into the address, at most a few times a second (browsers allow no more). */
  remember(): void {
    window.clearTimeout(this.writing);
    this.writing = window.setTimeout(() => history.replaceState(history.state, "", this.address()), 250);
  }

  /** Path and query of this very map. */
  address(): string {
    const query = write(this.state, this.settings);
    return location.pathname + (query ? `?${query}` : "");
  }

  /** One sentence for everybody, also for screen readers. */
  say(text: string): void {
    this.need(".om-status").textContent = text;
  }

  /** Draw on every canvas. */
  draw(data: FeatureCollection): void {
    for (const view of this.views()) view.draw(data);
  }

  /** Begin `mode` (ending the one that was), or end it. */
  enter(mode: Mode | null): void {
    const was = this.mode;
    this.mode = null;
    if (was && was !== mode) was.leave();
    this.mode = mode;
    this.box.classList.toggle("om-drawing", mode !== null);
    for (const view of this.views()) {
      if (mode) view.map.doubleClickZoom.disable();
      else view.map.doubleClickZoom.enable();
    }
  }

  /** Fly to a box or a point; small things are shown with what is around them. */
  fly(box: [number, number, number, number], most = 17): void {
    const [west, south, east, north] = box;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const phone = this.box.clientWidth < 760;
    const padding = phone ? { top: 80, bottom: Math.round(this.box.clientHeight * 0.45), left: 30, right: 30 } : { top: 90, bottom: 60, left: 370, right: 360 };
    const room = this.box.clientWidth - padding.left - padding.right > 120;
    this.view.map.fitBounds([[west, south], [east, north]], { padding: room ? padding : 30, maxZoom: most, animate: !still, duration: 700, bearing: this.view.map.getBearing(), pitch: this.view.map.getPitch() });
  }

  /** Move the map so that a place, with what is shown above it, lies in the part that no panel covers. */
  uncover(place: [number, number], above?: HTMLElement): void {
    const stage = this.need(".om-stage").getBoundingClientRect();
    const free = { left: stage.left + 8, right: stage.right - 8, top: stage.top + 70, bottom: stage.bottom - 40 };
    for (const panel of this.box.querySelectorAll<HTMLElement>(".om-panel:not([hidden])")) {
      const box = panel.getBoundingClientRect();
      if (box.width > stage.width * 0.8) free.bottom = Math.min(free.bottom, box.top - 30);
      else if (box.left - stage.left < stage.right - box.right) free.left = box.right + 8;
      else free.right = box.left - 8;
    }
    const at = this.view.map.project(place);
    const point = { left: stage.left + at.x - 20, right: stage.left + at.x + 20, top: stage.top + at.y - 20, bottom: stage.top + at.y + 20 };
    const shown = above?.getBoundingClientRect() ?? point;
    const need = (low: number, high: number, from: number, to: number): number => (low < from ? low - from : high > to ? Math.min(high - to, low - from) : 0);
    const step: [number, number] = [need(shown.left, shown.right, free.left, free.right), need(shown.top, shown.bottom, free.top, free.bottom)];
    if (step[0] || step[1]) this.view.map.panBy(step, { animate: false });
  }
}
