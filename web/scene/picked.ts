/* What was picked: a record with the way to its register, a storey and its units, a model's element. */
import { element, fill, getJson, Refused } from "../shared/island";
import { button } from "../solid/ui";
import type { City } from "./city";
import { LAYER, type Standing } from "./models";
import type { Thing } from "./slots";

interface Record_ {
  title: string;
  kind: string;
  url: string;
  groups: { title: string; rows: [string, string][] }[];
}

export class Picked {
  readonly body = element("div", { class: "bim-props" });

  constructor(private readonly city: City) {}

  nothing(): void {
    this.body.replaceChildren(element("p", { class: "muted bim-hint" }, "点图上的建筑、管线、井或模型构件，这里显示它的登记信息和去往登记页的链接。"));
  }

  /** Show what was picked. */
  async identify(thing: Thing | undefined): Promise<void> {
    if (!thing) {
      this.city.frame.away("picked");
      return this.nothing();
    }
    this.city.frame.show("picked");
    if (thing.layer === LAYER) return this.element(thing);
    if (thing.layer === "cim.floor") return this.floor(Number(thing.said["floor"]));
    this.body.setAttribute("aria-busy", "true");
    try {
      const found = await getJson<Record_>(`${this.city.config.feature}?layer=${encodeURIComponent(thing.layer)}&id=${thing.id}`);
      const notes: string[] = [];
      if (thing.layer === this.city.config.buildings?.key && !(Number(thing.said["height_m"]) > 0)) notes.push("高度未登记，图上按层数或6米示意。");
      if ("start" in thing.said && thing.said["start"] === null && thing.said["end"] === null) notes.push("埋深未登记，图上按假定埋深示意。");
      this.body.replaceChildren(
        element("header", { class: "bim-head" }, element("h2", {}, found.title), element("p", { class: "muted" }, found.kind)),
        element("a", { href: found.url, class: "btn scene-go" }, "打开登记页"),
        ...(thing.layer === this.city.config.buildings?.key ? [this.opener(thing.id)] : []),
        ...(thing.layer === "cim.unit" && this.city.floors.shown ? [this.slider_()] : []),
        ...notes.map((note) => element("p", { class: "notice notice-warn" }, note)),
        ...found.groups.map((group) => {
          const made = element("details", { class: "bim-group" }, element("summary", {}, group.title), facts(group.rows));
          made.open = true;
          return made;
        }),
      );
    } catch (error) {
      this.body.replaceChildren(element("p", { class: "notice notice-warn", role: "alert" }, error instanceof Refused ? error.message : "登记信息暂时读不到，请稍后再点一次。"));
    } finally {
      this.body.removeAttribute("aria-busy");
    }
  }

  /** The way into a building. */
  private opener(id: number): HTMLElement {
    const open = this.city.floors.shown?.id === id;
    if (open) return this.slider_();
    return button("all", "看室内楼层", () => {
      this.city.floors.open(id).then((found) => {
        if (!found.floors.some((floor) => floor.units.length)) this.city.say("这幢房屋还没有登记户，只显示楼层。");
        this.floor(found.floors.find((floor) => floor.floor === 1)?.floor ?? found.floors[0]!.floor);
      }).catch((error: unknown) => this.city.say(error instanceof Refused ? error.message : "楼层暂时读不到，请稍后再试。"));
    }, { wide: true, class: "scene-save" });
  }

  /** One storey of the open building and its units. */
  private floor(number: number): void {
    const shown = this.city.floors.shown;
    const found = shown?.floors.find((floor) => floor.floor === number);
    if (!shown || !found) return this.nothing();
    const list = element("ul", { class: "bim-list" });
    for (const unit of found.units) {
      const go = element("button", { type: "button", class: "bim-hit" }, element("span", {}, unit.room), element("small", {}, [unit.label, unit.area === null ? "" : `${unit.area} ㎡`].filter(Boolean).join(" · ")));
      go.addEventListener("click", () => void this.city.choose(this.city.slots.of("cim.unit", unit.id, {})));
      list.append(element("li", {}, go));
    }
    if (!found.units.length) list.append(element("li", { class: "muted" }, "这一层没有登记户。"));
    this.body.replaceChildren(
      element("header", { class: "bim-head" }, element("h2", {}, `${shown.name} ${number < 0 ? `地下${-number}层` : `${number}层`}`), element("p", { class: "muted" }, `${found.units.length} 户 · 相对地面 ${found.bottom.toFixed(1)} 至 ${found.top.toFixed(1)} 米`)),
      this.slider_(), list,
    );
  }

  /** Pull the open building's storeys apart, look into one, close it. */
  private slider_(): HTMLElement {
    const floors = this.city.floors;
    const shown = floors.shown!;
    const apart = element("input", { type: "range", min: "0", max: "12", step: "0.2", value: String(floors.apart), "aria-label": "楼层拉开距离" });
    apart.addEventListener("input", () => floors.arrange(Number(apart.value)));
    const upto = element("select", { "aria-label": "显示到哪一层" }, element("option", { value: "" }, "全部楼层"), ...shown.floors.map((floor, at) => element("option", { value: String(at) }, `看到${floor.floor < 0 ? `地下${-floor.floor}层` : `${floor.floor}层`}`)));
    upto.value = floors.upto === null ? "" : String(floors.upto);
    upto.addEventListener("change", () => {
      floors.arrange(floors.apart, upto.value === "" ? null : Number(upto.value));
      if (upto.value !== "") this.floor(shown.floors[Number(upto.value)]!.floor);
    });
    const close = button("close", "合上楼层", () => {
      floors.close();
      void this.city.choose(-1);
    }, { wide: true, class: "scene-save" });
    return element("div", { class: "scene-storeys" }, element("label", { class: "bim-choice" }, element("span", {}, "室内楼层"), upto), element("label", { class: "solid-field bim-choice" }, element("span", {}, "楼层拉开"), apart), close);
  }

  /** A model's element, and its model's storeys. */
  private element(thing: Thing): void {
    const made = this.city.models.standing.get(thing.id);
    if (!made) return this.nothing();
    const index = Number(thing.said["element"]);
    const found = made.names.get(index);
    const page = fill(this.city.config.model_page, { id: thing.id });
    this.body.replaceChildren(
      element("header", { class: "bim-head" }, element("h2", {}, found?.name || found?.kind || "构件"), element("p", { class: "muted" }, made.placed.name)),
      facts([["类别", found?.kind ?? "—"], ["楼层", found ? made.storeys[found.storey]!.name : "—"], ["GlobalId", found?.globalId ?? "—"]]),
      element("a", { href: `${page}?element=${index}`, class: "btn scene-go" }, "在模型页查看属性"),
      this.storeys(made),
    );
  }

  private storeys(made: Standing): HTMLElement {
    const apart = element("input", { type: "range", min: "0", max: "12", step: "0.25", value: String(made.apart), "aria-label": "楼层拉开距离" });
    apart.addEventListener("input", () => this.city.models.arrange(made, Number(apart.value)));
    const upto = element("select", { "aria-label": "显示到哪一层" }, element("option", { value: "" }, "全部楼层"), ...made.storeys.map((storey, at) => element("option", { value: String(at) }, `看到 ${storey.name}`)));
    upto.value = made.upto === null ? "" : String(made.upto);
    upto.addEventListener("change", () => this.city.models.arrange(made, made.apart, upto.value === "" ? null : Number(upto.value)));
    return element("div", { class: "scene-storeys" }, element("label", { class: "bim-choice" }, element("span", {}, "室内楼层"), upto), element("label", { class: "solid-field bim-choice" }, element("span", {}, "楼层拉开"), apart));
  }
}

/** Names and values. */
export function facts(pairs: [string, string][]): HTMLElement {
  return element("dl", { class: "bim-facts" }, ...pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}
