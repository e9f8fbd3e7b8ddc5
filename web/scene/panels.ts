/* Beside the city: layers and colours, sun, saved views, and what was picked. */
import { element, getJson, postJson, Refused } from "../shared/island";
import type { Frame, Side } from "../solid/frame";
import { button, captioned, press, save } from "../solid/ui";
import { stamp, type City, type View } from "./city";
import { Picked } from "./picked";
import { day } from "./sun";

interface Viewpoint {
  id: number;
  name: string;
  mine: boolean;
  shared: boolean;
  owner: string;
  view: View;
}

/** Calm colours of uses, in the order of the code list. */
const USES = [0xf3dfba, 0xf0b3a0, 0xa4c6f0, 0xbdb5e2, 0xcdbfae, 0xc5ced9, 0xa9d8b9, 0xf3b4c4, 0xdcbfe8, 0x9fd3dc, 0xb2c99b, 0xe3e8ee];
const LEVELS = [0xdfe6ee, 0xc6d8ee, 0xa3c4ec, 0x7dabe4, 0x558fd8, 0x2f72c4, 0x14529f];
const HEIGHTS: [number, number, string][] = [[12, 0xdce8f5, "12米以下"], [24, 0xb5d2ef, "12–24米"], [54, 0x7fb0e4, "24–54米"], [100, 0x3f86d2, "54–100米"], [9999, 0x174f9c, "100米以上"]];

type Colouring = "" | "use" | "cim_level" | "height_m";

export class Panels {
  private readonly layers = element("div", { class: "scene-layers" });
  private readonly sunBox = element("div", { class: "scene-sun" });
  private readonly views = element("div", { class: "scene-views" });
  readonly picked: Picked;
  private readonly legend = element("ul", { class: "scene-legend" });
  private readonly pipes = element("div", { class: "scene-kinds" });
  private readonly counts = element("p", { class: "muted scene-counts", "aria-live": "polite" });
  private readonly slider = element("input", { type: "range", min: "0", max: "1", step: "0.02", value: "1", "aria-label": "地面可见程度" });
  private readonly date = element("input", { type: "date", "aria-label": "日期" });
  private readonly clock = element("input", { type: "range", min: "0", max: "1439", step: "5", "aria-label": "一天中的时刻" });
  private readonly reading = element("dl", { class: "bim-facts" });
  private below: HTMLButtonElement | null = null;
  private colouring: Colouring = "use";
  private kinds = "";
  private playing = 0;

  constructor(private readonly city: City) {
    this.picked = new Picked(city);
  }

  left(): Side[] {
    return [
      { key: "layers", title: "图层", body: this.layers },
      { key: "sun", title: "日照", body: this.sunBox },
      { key: "views", title: "视角", body: this.views },
    ];
  }

  right(): Side[] {
    return [{ key: "picked", title: "信息", body: this.picked.body }];
  }

  async start(): Promise<void> {
    this.layerPanel();
    this.sunPanel();
    await this.viewPanel();
    this.picked.nothing();
    this.refresh();
  }

  tools(frame: Frame): void {
    const city = this.city;
    this.below = button("below", "地下", () => city.dive(!city.below), { wide: true, toggle: true });
    frame.tool(
      button("top", "俯视", () => city.show({ ...city.view(), pitch: 89.5, bearing: 0 })),
      button("cube", "斜视", () => city.show({ ...city.view(), pitch: 36, distance: Math.max(city.distance, 400) })),
      button("front", "正北朝上", () => city.show({ ...city.view(), bearing: 0 })),
      null, this.below, null,
      button("link", "复制本视图的链接", () => void this.share()),
      frame.theme((dark) => city.stage && city.dress(dark)),
      button("camera", "保存图片", () => void this.shot()),
    );
  }

  private async share(): Promise<void> {
    this.city.keep();
    try {
      await navigator.clipboard.writeText(location.href);
      this.city.say("链接已复制，发给有权限的同事即可打开同一视图。");
    } catch {
      this.city.say("链接就在地址栏，请复制地址发给同事。");
    }
  }

  private async shot(): Promise<void> {
    const view = this.city.view();
    const text = `CIM 三维　东经 ${view.lon.toFixed(5)}°，北纬 ${view.lat.toFixed(5)}°　日照时刻 ${stamp(this.city.moment).replace("T", " ")}　示意，高度自地面起算`;
    save(await captioned(await this.city.stage.picture(), text, this.city.dark), "CIM三维.png");
    this.city.say("图片已保存。");
  }

  private layerPanel(): void {
    const city = this.city;
    const colour = element("select", { "aria-label": "建筑着色" }, ...([["use", "按用途"], ["cim_level", "按 CIM 级别"], ["height_m", "按高度"], ["", "不着色"]] as const).map(([value, text]) => element("option", { value }, text)));
    colour.addEventListener("change", () => {
      this.colouring = colour.value as Colouring;
      city.changed();
      this.drawLegend();
    });
    this.slider.addEventListener("input", () => city.see(Number(this.slider.value)));
    const rows: HTMLElement[] = [];
    if (city.buildings) rows.push(this.check("房屋建筑", () => city.buildings!.on, (on) => (city.buildings!.on = on)));
    rows.push(this.check("建筑模型（BIM）", () => city.models.on, (on) => (city.models.on = on)));
    rows.push(this.check("地下管线", () => city.underground.on, (on) => {
      city.underground.on = on;
      if (!on) city.underground.clear();
      city.underground.forget();
    }));
    const on = element("input", { type: "date", "aria-label": "数据日期", class: "bim-search" });
    on.value = city.on || city.config.today;
    on.addEventListener("change", () => city.asOf(on.value));
    const others = city.flats.map((one) => this.check(one.title, () => one.set.on, (on) => (one.set.on = on), one.colour));
    this.layers.replaceChildren(
      element("fieldset", {}, element("legend", {}, "三维图层"), ...rows),
      element("label", { class: "bim-choice" }, element("span", {}, "数据日期（看过去或规划生效后的样子）"), on),
      element("label", { class: "bim-choice" }, element("span", {}, "建筑着色"), colour), this.legend,
      element("label", { class: "solid-field bim-choice" }, element("span", {}, "地面可见程度（向左看地下）"), this.slider), this.pipes,
      ...(others.length ? [element("details", { class: "bim-group" }, element("summary", {}, `其他图层 ${others.length}`), element("fieldset", {}, ...others))] : []),
      this.counts,
      element("p", { class: "muted scene-note" }, "地面按水平面示意，建筑高度和管线埋深都自地面起算。"),
    );
    this.drawLegend();
  }

  private check(title: string, get: () => boolean, set: (on: boolean) => void, colour?: number): HTMLElement {
    const input = element("input", { type: "checkbox" });
    input.checked = get();
    input.addEventListener("change", () => {
      set(input.checked);
      this.city.around();
    });
    (input as HTMLInputElement & { read?: () => void }).read = () => (input.checked = get());
    const row = element("label", { class: "scene-check" }, input);
    if (colour !== undefined) row.append(dot(colour));
    row.append(title);
    return row;
  }

  private drawLegend(): void {
    const config = this.city.config;
    const rows: [number, string][] =
      this.colouring === "use" ? config.uses.map(([, label], at): [number, string] => [USES[at % USES.length]!, label])
      : this.colouring === "cim_level" ? config.levels.map(([, label], at): [number, string] => [LEVELS[at % LEVELS.length]!, label])
      : this.colouring === "height_m" ? HEIGHTS.map(([, shade, label]): [number, string] => [shade, label]) : [];
    this.legend.replaceChildren(...rows.map(([shade, label]) => element("li", {}, dot(shade), label)));
    this.legend.hidden = !rows.length;
  }

  /** Colour the blocks by what is chosen. */
  paint(): void {
    const { buildings, uses, levels } = this.city.config;
    if (!buildings) return;
    const byUse = new Map(uses.map(([code], at) => [code, USES[at % USES.length]!]));
    const byLevel = new Map(levels.map(([code], at) => [code, LEVELS[at % LEVELS.length]!]));
    const states = this.city.slots.states;
    this.city.slots.each(buildings.key, (slot, thing) => {
      let shade: number | null = null;
      if (this.colouring === "use") shade = byUse.get(String(thing.said["use"] ?? "")) ?? null;
      else if (this.colouring === "cim_level") shade = byLevel.get(String(thing.said["cim_level"] ?? "")) ?? null;
      else if (this.colouring === "height_m") {
        const height = Number(thing.said["height_m"] ?? Number.NaN);
        shade = Number.isFinite(height) ? HEIGHTS.find(([limit]) => height < limit)![1] : null;
      }
      states.tint(slot, shade);
    });
  }

  /** Counts and the legend of pipes, after loading. */
  loaded(): void {
    const data = this.city.box.dataset;
    this.counts.textContent = `附近：建筑 ${data["buildings"]} 幢，管线 ${data["pipes"]} 段，管点 ${data["shafts"]} 个${this.city.underground.limited ? "（管线较多，只显示了一部分，请放大）" : ""}`;
    const kinds = this.city.underground.kinds;
    const key = JSON.stringify(kinds);
    if (key === this.kinds) return;
    this.kinds = key;
    const rows = Object.entries(kinds).map(([code, { label, colour }]) => {
      const input = element("input", { type: "checkbox" });
      input.checked = !this.city.underground.off.has(code);
      input.addEventListener("change", () => {
        if (input.checked) this.city.underground.off.delete(code);
        else this.city.underground.off.add(code);
        this.city.underground.draw();
      });
      return element("label", { class: "scene-check" }, input, dot(Number.parseInt(colour.slice(1), 16) || 0x6b7a8d), label);
    });
    this.pipes.replaceChildren(...(rows.length ? [element("fieldset", {}, element("legend", {}, "管线类别"), ...rows)] : []));
  }

  refresh(): void {
    this.slider.value = String(this.city.ground);
    if (this.below) press(this.below, this.city.below);
    for (const input of this.layers.querySelectorAll<HTMLInputElement & { read?: () => void }>("input[type=checkbox]")) input.read?.();
  }

  private sunPanel(): void {
    const change = (): void => {
      if (!this.date.value) return;
      const minutes = Number(this.clock.value);
      this.city.time(Date.parse(`${this.date.value}T00:00:00+08:00`) + minutes * 60_000);
      this.city.keep();
    };
    this.date.addEventListener("change", change);
    this.clock.addEventListener("input", change);
    const play = button("sun", "播放一天的日影", () => {
      if (this.playing) window.clearInterval(this.playing), (this.playing = 0);
      else {
        this.playing = window.setInterval(() => {
          this.clock.value = String((Number(this.clock.value) + 10) % 1440);
          change();
        }, 160);
      }
      press(play, this.playing !== 0);
    }, { wide: true, toggle: true });
    const days = ([["春分", "03-20"], ["夏至", "06-21"], ["大寒", "01-20"], ["冬至", "12-21"]] as const).map(([name, at]) => {
      const one = button("sun", name, () => {
        this.date.value = `${this.city.config.today.slice(0, 4)}-${at}`;
        change();
      }, { wide: true });
      one.firstElementChild?.remove();
      return one;
    });
    this.sunBox.replaceChildren(
      element("label", { class: "bim-choice" }, element("span", {}, "日期"), this.date),
      element("div", { class: "solid-line scene-days" }, ...days),
      element("label", { class: "solid-field bim-choice" }, element("span", {}, "时刻（北京时间）"), this.clock), play, this.reading,
      element("p", { class: "muted scene-note" }, "太阳位置按天文公式计算（误差小于0.1°）；日影用于直观比较，不替代日照分析报告。"),
    );
    this.sun();
  }

  /** Write date, time and the sun's place into the panel. */
  sun(): void {
    const local = stamp(this.city.moment);
    this.date.value = local.slice(0, 10);
    const minutes = Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
    if (Number(this.clock.value) !== minutes) this.clock.value = String(minutes);
    const view = this.city.stage ? this.city.view() : null;
    const edge = view ? day(view.lon, view.lat, Date.parse(`${local.slice(0, 10)}T00:00:00+08:00`)) : null;
    const rows: [string, string][] = [
      ["时刻", local.replace("T", " ")],
      ["太阳方位角", `${this.city.sun.azimuth.toFixed(1)}°`],
      ["太阳高度角", `${this.city.sun.elevation.toFixed(1)}°`],
      ["日出 / 日落", edge ? `${stamp(edge.rise).slice(11)} / ${stamp(edge.set).slice(11)}` : "—"],
    ];
    this.reading.replaceChildren(...rows.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
  }

  private async viewPanel(): Promise<void> {
    const config = this.city.config;
    const list = element("ul", { class: "bim-list" });
    const draw = async (): Promise<void> => {
      const rows = await getJson<Viewpoint[]>(config.viewpoints).catch(() => []);
      list.replaceChildren(...rows.map((one) => this.viewRow(one, () => void draw())));
      if (!rows.length) list.append(element("li", { class: "muted" }, "还没有保存的视角。"));
    };
    const models = element("ul", { class: "bim-list" });
    for (const one of this.city.models.placed) {
      const go = element("button", { type: "button", class: "bim-hit" }, element("span", {}, one.name), element("small", {}, "建筑模型"));
      go.addEventListener("click", () => this.city.show({ lon: one.lon, lat: one.lat, distance: 70, pitch: 28, bearing: 30 }));
      models.append(element("li", {}, go));
    }
    const body: HTMLElement[] = [];
    if (config.may_save) {
      const name = element("input", { type: "text", maxlength: "60", placeholder: "给当前视角起个名称", "aria-label": "视角名称", class: "bim-search" });
      const shared = element("input", { type: "checkbox" });
      const roles = element("select", { "aria-label": "共享给哪些岗位", class: "bim-search", hidden: "" }, element("option", { value: "" }, "本单位全部岗位"), ...config.roles.map(([code, title]) => element("option", { value: code }, `仅${title}`)));
      shared.addEventListener("change", () => (roles.hidden = !shared.checked));
      const keep = button("plus", "保存当前视角", () => {
        postJson<Viewpoint>(config.viewpoints, { name: name.value, view: this.city.view(), shared: shared.checked, roles: roles.value ? [roles.value] : [] })
          .then(() => {
            name.value = "";
            this.city.say("视角已保存。");
            return draw();
          })
          .catch((error: unknown) => this.city.say(error instanceof Refused ? error.message : "没有保存成功，请稍后再试。"));
      }, { wide: true, class: "scene-save" });
      body.push(name, ...(config.organisation ? [element("label", { class: "scene-check" }, shared, `共享给本单位（${config.organisation}）`), roles] : []), keep);
    }
    body.push(list);
    if (this.city.models.placed.length) body.push(element("h3", { class: "scene-head" }, "已发布的建筑模型"), models);
    this.views.replaceChildren(...body);
    await draw();
  }

  private viewRow(one: Viewpoint, again: () => void): HTMLElement {
    const go = element("button", { type: "button", class: "bim-hit" }, element("span", {}, one.name), element("small", {}, one.mine ? (one.shared ? "我的视角 · 已共享" : "我的视角") : `${one.owner} 共享`));
    go.addEventListener("click", () => this.city.show(one.view));
    const row = element("li", { class: "scene-view" }, go);
    if (one.mine) {
      row.append(button("close", `删除视角${one.name}`, () => {
        postJson(`${this.city.config.viewpoints.replace(".json", "")}/${one.id}/remove/`, {}).then(again).catch(() => this.city.say("没有删除成功，请稍后再试。"));
      }));
    }
    return row;
  }
}

function dot(colour: number): HTMLElement {
  const made = element("span", { class: "scene-dot", "aria-hidden": "true" });
  made.style.background = `#${colour.toString(16).padStart(6, "0")}`;
  return made;
}
