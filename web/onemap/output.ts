/* What leaves the page: its address, a picture (PNG, made here) and a printed map (PDF, typeset by the server). */
import { element, Refused, token } from "../shared/island";
import type { App } from "./app";
import type { Legend } from "./colours";
import type { Panels } from "./panels";
import { timeName } from "./state";
import { dividerPixel } from "./time";
import { legends } from "./tree";
import type { MapView } from "./view";

const FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif";
const EARTH = 40_075_016.686;

/** Make the two panels work: sharing and printing. */
export function output(app: App, panels: Panels): void {
  const link = app.need<HTMLInputElement>("#om-link");
  const share = (): void => void (link.value = new URL(app.address(), location.href).href);
  panels.on("share", { open: share });
  app.watch(share);
  app.view.map.on("moveend", share);
  app.need("[data-copy-link]").addEventListener("click", () => {
    share();
    const copied = navigator.clipboard ? navigator.clipboard.writeText(link.value) : Promise.reject(new Error("no clipboard"));
    copied.then(
      () => app.say("链接已复制。"),
      () => {
        link.focus();
        link.select();
        app.say("请按 Ctrl+C 复制选中的链接。");
      },
    );
  });
  const title = app.need<HTMLInputElement>("#om-title");
  const fault = app.need(".om-print-fault");
  const busy = async (button: HTMLButtonElement, work: () => Promise<void>): Promise<void> => {
    fault.hidden = true;
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      fault.textContent = error instanceof Refused ? error.message : "没有生成成功，请稍后重试。";
      fault.hidden = false;
    } finally {
      button.disabled = false;
    }
  };
  const png = app.need<HTMLButtonElement>("[data-png]");
  const pdf = app.need<HTMLButtonElement>("[data-pdf]");
  png.addEventListener("click", () => void busy(png, async () => save(await blob(framed(app, await picture(app), name()), "image/png"), `${name()}.png`)));
  pdf.addEventListener("click", () => void busy(pdf, async () => save(await printed(app, await picture(app), name()), `${name()}.pdf`)));
  const name = (): string => title.value.trim() || title.placeholder;
}

/** What the canvases show now; when comparing, both halves. */
export async function picture(app: App): Promise<HTMLCanvasElement> {
  const shots = await Promise.all(app.views().map(shot));
  const [first, second] = shots;
  if (second && app.state.compare) {
    const pen = first!.getContext("2d")!;
    const width = app.view.map.getCanvas().clientWidth;
    const at = Math.round((dividerPixel(app.state.compare.at, width) * first!.width) / width);
    pen.drawImage(second, at, 0, second.width - at, second.height, at, 0, second.width - at, second.height);
    pen.fillStyle = "#0b3a86";
    pen.fillRect(at - 1, 0, 3, first!.height);
  }
  return first!;
}

/** A copy of a canvas, taken while its picture is there: WebGL forgets it after the frame. */
function shot(view: MapView): Promise<HTMLCanvasElement> {
  return new Promise((done) => {
    view.map.once("render", () => {
      const from = view.map.getCanvas();
      const copy = element("canvas");
      [copy.width, copy.height] = [from.width, from.height];
      copy.getContext("2d")!.drawImage(from, 0, 0);
      done(copy);
    });
    view.map.triggerRepaint();
  });
}

function when(app: App): string {
  return app.state.compare ? `左 ${timeName(app.state.time)}，右 ${timeName(app.state.compare.time)}` : timeName(app.state.time);
}

function basemap(app: App): string {
  const base = app.settings.basemaps.find((one) => one.name === app.state.base);
  return base ? [base.title, base.note].filter(Boolean).join("，") : "随系统提供的区划界线";
}

/** The picture with title, legend, scale, date, 示意 and maker around it. */
export function framed(app: App, map: HTMLCanvasElement, title: string): HTMLCanvasElement {
  const ratio = map.width / Math.max(1, app.view.map.getCanvas().clientWidth);
  const unit = (value: number): number => Math.round(value * ratio);
  const legend = legends(app);
  const side = legend.length ? unit(220) : 0;
  const [head, foot, edge] = [unit(58), unit(56), unit(16)];
  const made = element("canvas");
  made.width = map.width + side + edge * 2;
  made.height = map.height + head + foot;
  const pen = made.getContext("2d")!;
  const write = (text: string, x: number, y: number, size: number, weight = 400, colour = "#1d2433"): void => {
    pen.font = `${weight} ${unit(size)}px ${FONT}`;
    pen.fillStyle = colour;
    pen.fillText(text, x, y, made.width - x);
  };
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, made.width, made.height);
  pen.fillStyle = "#c8161d";
  pen.fillRect(edge, unit(48), made.width - edge * 2, Math.max(1, unit(2)));
  write(title, edge, unit(36), 24, 700);
  pen.drawImage(map, edge, head);
  pen.strokeStyle = "#4a5568";
  pen.strokeRect(edge + 0.5, head + 0.5, map.width, map.height);
  drawLegend(pen, legend, edge + map.width + unit(14), head, unit, write);
  const base = made.height - foot;
  drawScale(app, pen, edge, base + unit(14), ratio, write);
  write(`${app.settings.note} · 底图：${basemap(app)} · 时态：${when(app)}`, edge + unit(240), base + unit(24), 13, 700, "#c8161d");
  const day = new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
  write(`制图：${app.settings.maker} · ${day} · CGCS2000`, edge + unit(240), base + unit(46), 13, 400, "#4a5568");
  return made;
}

type Write = (text: string, x: number, y: number, size: number, weight?: number, colour?: string) => void;

function drawLegend(pen: CanvasRenderingContext2D, legend: Legend[], x: number, top: number, unit: (value: number) => number, write: Write): void {
  let y = top + unit(14);
  for (const group of legend) {
    write(group.title, x, y, 14, 700);
    for (const item of group.items) {
      y += unit(21);
      pen.fillStyle = item.colour;
      pen.fillRect(x, y - unit(11), unit(18), unit(12));
      write(item.label, x + unit(26), y, 13);
    }
    y += unit(30);
  }
}

/** Ground metres of one css pixel in the middle of the view. */
export function metresPerPixel(app: App): number {
  return (EARTH * Math.cos((app.view.map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** app.view.map.getZoom());
}

function drawScale(app: App, pen: CanvasRenderingContext2D, x: number, y: number, ratio: number, write: Write): void {
  if (app.view.map.getPitch() >= 1) return write("三维视角，没有统一的比例尺", x, y + 14 * ratio, 13);
  const most = metresPerPixel(app) * 180;
  const power = 10 ** Math.floor(Math.log10(most));
  const round = [5, 2, 1].map((factor) => factor * power).find((value) => value <= most)!;
  const width = (round / metresPerPixel(app)) * ratio;
  pen.fillStyle = "#1d2433";
  pen.fillRect(x, y, width / 2, 6 * ratio);
  pen.strokeStyle = "#1d2433";
  pen.strokeRect(x, y, width, 6 * ratio);
  write(round >= 1000 ? `${round / 1000} 公里` : `${round} 米`, x, y + 26 * ratio, 13);
}

async function printed(app: App, map: HTMLCanvasElement, title: string): Promise<Blob> {
  const { lng, lat } = app.view.map.getCenter();
  const form = new FormData();
  const values = {
    title, lon: lng, lat, zoom: app.view.map.getZoom(), pitch: app.view.map.getPitch(), width: app.view.map.getCanvas().clientWidth,
    time: when(app), basemap: basemap(app), legend: JSON.stringify(legends(app).slice(0, 20).map(({ title: name, items }) => ({ title: name, items: items.slice(0, 24) }))),
  };
  for (const [name, value] of Object.entries(values)) form.set(name, String(value));
  form.set("picture", await blob(map, "image/jpeg"), "map.jpg");
  const answer = await fetch(app.box.dataset["pdf"]!, { method: "POST", body: form, credentials: "same-origin", headers: { Accept: "application/pdf, application/json", "X-CSRFToken": token() } });
  if (!answer.ok) {
    const body = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(answer.status, body.detail || "没有生成成功，请稍后重试。", {});
  }
  return answer.blob();
}

function blob(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((done, fail) => canvas.toBlob((made) => (made ? done(made) : fail(new Error("no picture"))), type, 0.92));
}

function save(data: Blob, name: string): void {
  const address = URL.createObjectURL(data);
  const link = element("a", { href: address, download: name.replace(/[\\/:*?"<>|]/g, "_") });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
