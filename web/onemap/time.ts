/* Time: stages, a day on a slider, playing through the years; and two times side by side under a divider. */
import type { Map as MapLibre } from "maplibre-gl";
import { getJson } from "../shared/island";
import type { App } from "./app";
import { listen } from "./draw";
import type { Identify } from "./identify";
import type { Panels } from "./panels";
import { timeName, timeOf } from "./state";
import { MapView } from "./view";

interface Span {
  layers: string[];
  today: string;
  from: string;
  to: string;
}

const STEP = 900; // milliseconds between two steps when playing

/** Months since year 0 of an ISO day, and back to the first of the month. */
const months = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
const dayOf = (month: number): string => `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}-01`;

/** The time panel. */
export function times(app: App, panels: Panels): void {
  const panel = app.need("[data-panel=time]");
  const slider = panel.querySelector<HTMLInputElement>("#om-time")!;
  const day = panel.querySelector<HTMLInputElement>("#om-day")!;
  const play = panel.querySelector<HTMLElement>("[data-play]")!;
  const note = panel.querySelector<HTMLElement>(".om-time-note")!;
  let timer = 0;
  const stop = (): void => {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = "播放";
  };
  const set = (time: string): void => {
    app.state.time = timeOf(time);
    app.refresh();
    app.say(`时间：${timeName(app.state.time)}。`);
  };
  const load = async (): Promise<void> => {
    const timed = app.shown().filter((layer) => layer.timed);
    note.textContent = timed.length ? `随时间变化的图层：${timed.map((layer) => layer.title).join("、")}。` : "打开的图层都没有时态版本，改变时间不会有变化。";
    const span = await getJson<Span>(`${app.box.dataset["times"]}?layers=${timed.map((layer) => layer.key).join(",")}`).catch(() => null);
    if (!span) return;
    slider.min = String(months(span.from));
    slider.max = String(Math.max(months(span.to) + 1, months(span.from) + 12));
    follow();
  };
  const follow = (): void => {
    const time = app.state.time;
    const dated = /^\d/.test(time);
    for (const choice of panel.querySelectorAll<HTMLInputElement>("input[name=stage]")) choice.checked = choice.value === (dated ? "day" : time);
    const shown = dated ? time : app.settings.today;
    day.value = shown;
    slider.value = String(months(shown));
    slider.setAttribute("aria-valuetext", `${shown.slice(0, 4)} 年 ${Number(shown.slice(5, 7))} 月`);
    app.need(".om-when").textContent = app.state.compare ? "" : time ? `时间：${timeName(time)}` : "";
  };
  slider.addEventListener("input", () => {
    stop();
    set(dayOf(Number(slider.value)));
  });
  day.addEventListener("change", () => set(day.value));
  for (const choice of panel.querySelectorAll<HTMLInputElement>("input[name=stage]")) choice.addEventListener("change", () => set(choice.value === "day" ? dayOf(Number(slider.value)) : choice.value));
  play.addEventListener("click", () => {
    if (timer) return stop();
    play.textContent = "停止";
    if (Number(slider.value) >= Number(slider.max)) slider.value = slider.min;
    timer = window.setInterval(() => {
      const next = Number(slider.value) + 12;
      if (next > Number(slider.max)) return stop();
      set(dayOf(next));
    }, STEP);
  });
  panels.on("time", { open: () => void load(), close: stop });
  app.watch(follow);
}

const THUMB = 44; // css pixels, as in the style sheet

/** Where the divider stands at `at` per cent: the middle of the slider's thumb, which never leaves the map. */
function dividerAt(at: number): string {
  return `calc(${(THUMB / 2 - (THUMB * at) / 100).toFixed(2)}px + ${at}%)`;
}

/** The same in css pixels of a map `width` wide. */
export function dividerPixel(at: number, width: number): number {
  return THUMB / 2 + ((width - THUMB) * at) / 100;
}

/** Two times side by side: a second canvas to the right of the divider, moving with the first. */
export class Compare {
  private readonly slider: HTMLInputElement;

  constructor(
    private readonly app: App,
    panels: Panels,
    private readonly identify: Identify,
    private readonly ground: (view: MapView) => Promise<void>,
  ) {
    this.slider = app.need<HTMLInputElement>(".om-swipe");
    this.slider.addEventListener("input", () => this.place(Number(this.slider.value)));
    const sides = ["left", "right"].map((side) => app.need<HTMLInputElement>(`#om-${side}`));
    sides.forEach((input, at) =>
      input.addEventListener("change", () => {
        if (!app.state.compare) return;
        if (at === 0) app.state.time = timeOf(input.value);
        else app.state.compare.time = timeOf(input.value);
        app.refresh();
      }),
    );
    app.need("[data-end-compare]").addEventListener("click", () => panels.close());
    panels.on("compare", { open: () => void this.start(), close: () => this.stop() });
    app.watch(() => this.names());
  }

  /** Begin (or go on with what the address says). */
  async start(): Promise<void> {
    const { app } = this;
    if (!app.state.compare) {
      const today = app.settings.today;
      if (!/^\d/.test(app.state.time)) app.state.time = `${Number(today.slice(0, 4)) - 10}${today.slice(4)}`;
      app.state.compare = { time: today, at: 50 };
    }
    if (!app.second) {
      const box = app.need(".om-second");
      box.hidden = false;
      const one = app.view.map;
      const view = new MapView(box, app.settings, { center: one.getCenter().toArray() as [number, number], zoom: one.getZoom(), bearing: one.getBearing(), pitch: one.getPitch() }, "对比地图（右侧）：方向键移动，加减号缩放，回车查看中心的要素");
      await view.loaded;
      await this.ground(view);
      if (!app.state.compare) return view.map.remove();
      app.second = view;
      together(one, view.map);
      this.identify.attach(view);
      listen(app, view);
    }
    this.slider.hidden = false;
    this.slider.value = String(app.state.compare.at);
    this.place(app.state.compare.at);
    app.refresh();
    app.say(`左侧为${timeName(app.state.time)}，右侧为${timeName(app.state.compare.time)}；拖动分隔线，或用左右方向键移动。`);
  }

  private stop(): void {
    const { app } = this;
    app.state.compare = null;
    app.second?.map.remove();
    app.second = null;
    const box = app.need(".om-second");
    box.replaceChildren();
    box.hidden = true;
    this.slider.hidden = true;
    for (const name of [".om-name-left", ".om-name-right"]) app.need(name).hidden = true;
    app.refresh();
  }

  private place(at: number): void {
    if (!this.app.state.compare) return;
    this.app.state.compare.at = at;
    const left = dividerAt(at);
    this.app.need(".om-second").style.clipPath = `inset(0 0 0 ${left})`;
    this.app.need(".om-stage").style.setProperty("--om-at", left);
    this.slider.setAttribute("aria-valuetext", `左侧占 ${at}%`);
    this.app.remember();
  }

  private names(): void {
    const { compare, time } = this.app.state;
    for (const [side, name] of [["left", time], ["right", compare?.time ?? ""]] as const) {
      const tag = this.app.need(`.om-name-${side}`);
      tag.hidden = !compare;
      tag.textContent = timeName(name);
      const input = this.app.need<HTMLInputElement>(`#om-${side}`);
      if (compare) input.value = /^\d/.test(name) ? name : this.app.settings.today;
    }
  }
}

/** Keep two maps on the same place. */
function together(one: MapLibre, two: MapLibre): void {
  let moving = false;
  const tie = (from: MapLibre, to: MapLibre): void => {
    from.on("move", () => {
      if (moving) return;
      moving = true;
      to.jumpTo({ center: from.getCenter(), zoom: from.getZoom(), bearing: from.getBearing(), pitch: from.getPitch() });
      moving = false;
    });
  };
  tie(one, two);
  tie(two, one);
}
