/* Duty: going on and off, the track, and the beat's grids drawn without the map library (works without a network). */
import { element } from "../shared/island";
import { get, Offline } from "./api";
import { here, inside, listen, locating, now as askPlace } from "./place";
import * as store from "./store";
import { count, enqueue, flush, onChange, state } from "./sync";
import { node } from "./sketch";
import type { Fix, Grid, Today } from "./types";
import { button, clock, key, sure, toast } from "./ui";

/** The shift as this device knows it: its own word counts until the platform has said otherwise. */
export interface Local {
  key: string;
  started: number;
  visited: string[];
  last: number;
  // Times without a position that this device has noticed, and their milliseconds together.
  gaps?: number;
  gone?: number;
}

let shift: Local | null = null;
let stop: (() => void) | null = null;
let wake: WakeLockSentinel | null = null;
let redraw = (): void => undefined;

const name = (): string => `shift:${state.me?.account}`;

/** Take up a shift that was open when the app was left. */
export async function resume(): Promise<void> {
  const kept = (await store.read<Local>(name())) ?? null;
  const said = state.line === "online" ? state.me?.shift : undefined;
  const items = await store.queued();
  const unsent = items.some((item) => item.kind === "shift_start" && item.key === kept?.key && !item.refused);
  if (said && said.key !== kept?.key && !items.some((item) => item.kind === "shift_end" && item.data["shift"] === said.key)) {
    shift = { key: said.key, started: said.started, visited: [], last: 0 }; // begun on another device
    await store.keep(name(), shift);
  } else if (kept && said === null && !unsent) {
    shift = null; // the platform has ended it
    await store.forget(name());
  } else {
    shift = kept;
  }
  record();
}

/** Whether the person is on duty. */
export const onDuty = (): boolean => shift !== null;

/** Keep positions while on duty. */
function record(): void {
  stop?.();
  stop = null;
  if (!shift) {
    void wake?.release().catch(() => undefined);
    wake = null;
    return;
  }
  const silent = listen((fix) => void track(fix));
  const timer = setInterval(() => {
    if (shift && Date.now() - shift.last > 3 * interval()) askPlace();
  }, Math.max(5_000, 3 * interval()));
  stop = () => {
    silent();
    clearInterval(timer);
  };
  void stayAwake();
}

/** A locked phone gives a web app no positions: the screen stays on while somebody patrols, as long as the phone lets it. */
async function stayAwake(): Promise<void> {
  if (wake && !wake.released) return;
  try {
    wake = document.visibilityState === "visible" && "wakeLock" in navigator ? await navigator.wakeLock.request("screen") : null;
    wake?.addEventListener("release", () => redraw());
  } catch {
    wake = null; // low battery, or not allowed: the screen may go dark
  }
  redraw();
}

document.addEventListener("visibilitychange", () => {
  if (shift && document.visibilityState === "visible") void stayAwake();
});

/** Milliseconds between two kept positions. */
const interval = (): number => (state.me?.limits["track_interval"] ?? 10) * 1000;

/** Milliseconds without a position that count as a gap of the track. */
const gap = (): number => (state.me?.limits["track_gap"] ?? 180) * 1000;

/** 12分钟. */
const spell = (milliseconds: number): string => `${Math.max(1, Math.round(milliseconds / 60_000))}分钟`;

async function track(fix: Fix): Promise<void> {
  const now = shift;
  if (!now || !state.me?.account || fix.at < now.started) return;
  if (fix.at - now.last < interval()) return;
  const silent = fix.at - (now.last || now.started);
  if (silent > gap()) {
    now.gaps = (now.gaps ?? 0) + 1;
    now.gone = (now.gone ?? 0) + silent;
    toast(`刚才${spell(silent)}没有定位，这段路不计入巡查。巡查时请不要锁屏。`, "warn");
  }
  now.last = fix.at;
  await store.addPoint({ ...fix, account: state.me.account, shift: now.key });
  if (fix.accuracy <= (state.me.limits["track_accuracy"] ?? 50)) {
    const grid = today?.grids.find((one) => inside(one.ring, fix.lon, fix.lat));
    if (grid && !now.visited.includes(grid.code)) now.visited.push(grid.code);
  }
  await store.keep(name(), now);
  redraw();
}

let today: Today | null = null;

async function load(): Promise<void> {
  const kept = `today:${state.me?.account}`;
  try {
    today = await get<Today>("today");
    await store.keep(kept, today);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    today ??= (await store.read<Today>(kept)) ?? null;
  }
}

/** Go on duty; the platform hears of it when there is a network. */
async function start(): Promise<void> {
  const fix = here();
  const made = { key: key(), started: Date.now(), visited: [], last: 0 };
  await store.keep(name(), made);
  shift = made;
  await enqueue({ key: made.key, kind: "shift_start", path: "shift/start", title: "上岗", shots: [], data: { at: made.started, lon: fix?.lon ?? null, lat: fix?.lat ?? null } });
  record();
  askPlace();
  toast("已上岗，开始记录巡查轨迹。");
}

async function end(): Promise<void> {
  const now = shift;
  if (!now || !(await sure("确定下岗？下岗后不再记录轨迹。", "下岗"))) return;
  shift = null;
  for (const grid of today?.grids ?? []) grid.done ||= now.visited.includes(grid.code); // what was done today stays on the screen
  if (today) await store.keep(`today:${state.me?.account}`, today);
  await store.forget(name());
  record();
  await enqueue({ key: key(), kind: "shift_end", path: "shift/end", title: "下岗", shots: [], data: { shift: now.key, at: Date.now() } });
  toast("已下岗。");
}

/** Draw the screen. */
export async function patrolView(box: HTMLElement): Promise<() => void> {
  const beat = element("h2", {});
  const share = element("strong", {});
  const counts = element("small", {});
  const since = element("p", {});
  const honest = element("p", { class: "honest" });
  const press = element("div", {});
  const picture = element("div", {});
  const figures = element("p", { class: "big", role: "status" }, share, counts);
  box.replaceChildren(
    element("section", { class: "card" }, beat, figures, since, honest, press),
    element("section", { class: "card" }, element("h2", {}, "今天的网格"), picture, legend()),
  );
  let drawn: boolean | null = null; // which button is shown: it stays in place while numbers change, so that no tap is lost
  const show = (): void => {
    const grids = today?.grids ?? [];
    const due = grids.filter((grid) => grid.due);
    const done = due.filter((grid) => grid.done || shift?.visited.includes(grid.code));
    beat.textContent = today?.beat?.name ?? state.me?.beat?.name ?? "没有分配责任网格";
    share.textContent = due.length ? `${Math.round((done.length / due.length) * 100)}%` : "—";
    counts.textContent = `已巡 ${done.length} / 应巡 ${due.length} 个网格`;
    since.textContent = shift ? `${clock(shift.started)} 上岗。${locating()}` : "上岗后记录轨迹，走到的网格会变成绿色。";
    const holes = shift?.gaps ? `轨迹中断${shift.gaps}次，共${spell(shift.gone ?? 0)}，中断处不计入巡查。` : "";
    const light = !shift ? "" : wake && !wake.released ? "屏幕保持点亮，轨迹连续记录。" : "屏幕可能熄灭：锁屏后没有定位，请保持本页打开。";
    honest.textContent = `${light}${holes}`;
    honest.classList.toggle("missing", Boolean(shift) && (Boolean(holes) || !wake || wake.released));
    picture.replaceChildren(grids.length ? draw(grids) : element("p", { class: "empty" }, "联网后显示责任网格。"));
    if (drawn === onDuty()) return;
    drawn = onDuty();
    press.replaceChildren(drawn ? button("下岗", "danger wide", () => void end().then(show)) : button("上岗", "primary wide", () => void start().then(show)));
  };
  redraw = show;
  show();
  const refresh = (): Promise<void> => load().then(show).catch((error: unknown) => console.warn(error));
  await refresh();
  const stopPlace = listen(() => show());
  const timer = setInterval(() => void flush().then(refresh), 60_000);
  return () => {
    redraw = () => undefined;
    stopPlace();
    clearInterval(timer);
  };
}

function draw(grids: Grid[]): SVGElement {
  const xs = grids.flatMap((grid) => grid.ring.map((point) => point[0]));
  const ys = grids.flatMap((grid) => grid.ring.map((point) => point[1]));
  const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const bend = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = 1000 / Math.max((east - west) * bend, north - south, 1e-6);
  const at = (lon: number, lat: number): [number, number] => [(lon - west) * bend * scale, (north - lat) * scale];
  const [width, height] = [(east - west) * bend * scale, (north - south) * scale];
  const svg = node("svg", { viewBox: `-20 -20 ${width + 40} ${height + 40}`, class: "grids", role: "img", "aria-label": "责任网格：蓝色待巡，绿色已巡，白色今天不用巡" });
  for (const grid of grids) {
    const done = grid.done || shift?.visited.includes(grid.code);
    svg.append(node("path", { d: `M${grid.ring.map(([lon, lat]) => at(lon, lat).map(Math.round).join(" ")).join("L")}Z`, class: done ? "done" : grid.due ? "due" : "free" }));
  }
  const fix = here();
  if (fix) {
    const [x, y] = at(fix.lon, fix.lat);
    svg.append(node("circle", { cx: String(x), cy: String(y), r: "22", class: "me" }));
  }
  return svg;
}

function legend(): HTMLElement {
  return element("ul", { class: "legend" }, ...[["due", "待巡"], ["done", "已巡"], ["free", "今天不用巡"]].map(([mark, text]) => element("li", {}, element("span", { class: `mark ${mark}` }), text!)));
}

document.addEventListener("field:refused", (event) => {
  const item = (event as CustomEvent<{ kind: string; key: string }>).detail;
  if (item.kind === "shift_start" && shift?.key === item.key) {
    shift = null;
    void store.forget(name()).then(() => count());
    record();
    redraw();
  }
});
onChange(() => redraw());
