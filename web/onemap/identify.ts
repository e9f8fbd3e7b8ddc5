/* What is here? A click, Enter at the middle of the map, or the list of what the view shows; a card leads to the record and back. */
import { Popup } from "maplibre-gl";
import { element, getJson, Refused } from "../shared/island";
import type { App } from "./app";
import type { Panels } from "./panels";
import type { Card } from "./types";
import type { Found, MapView } from "./view";

const LISTED = 60;
const WIDE = 760; // below this a popup would hide the map: the card stands in the sheet

export class Identify {
  private popup: Popup | null = null;
  private turn = 0;

  constructor(
    private readonly app: App,
    private readonly panels: Panels,
  ) {
    panels.on("list", { open: () => this.list() });
    panels.on("card", { close: () => this.forget() });
    app.view.map.on("moveend", () => panels.current === "list" && this.list());
    app.view.map.on("idle", () => panels.current === "list" && this.list());
  }

  /** Clicks and Enter on a canvas. */
  attach(view: MapView): void {
    view.map.on("click", (event) => {
      if (!this.app.mode) void this.at(view, [event.point.x, event.point.y]);
    });
    view.map.on("mousemove", (event) => {
      if (!this.app.mode) view.map.getCanvas().style.cursor = view.found(event.point, 2).length ? "pointer" : "";
    });
    view.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || this.app.mode) return;
      event.preventDefault();
      const { clientWidth, clientHeight } = view.map.getCanvas();
      void this.at(view, [clientWidth / 2, clientHeight / 2]);
    });
  }

  /** Show the card of the first feature at a point of the canvas, with the others to choose from. */
  async at(view: MapView, point: [number, number]): Promise<void> {
    const found = view.found(point);
    // What is drawn on top of an outline is what the person meant: points before lines before areas.
    const order = { point: 0, line: 1, mixed: 2, polygon: 3 };
    found.sort((a, b) => order[a.layer.geometry] - order[b.layer.geometry]);
    const first = found.find((one) => !one.layer.key.startsWith("regions.")) ?? found[0];
    if (!first) {
      this.close();
      return this.app.say("这里没有要素；可以打开更多图层，或放大后再点。");
    }
    if (first.count > 1) {
      this.close();
      const [lon, lat] = view.map.unproject(point).toArray();
      this.app.view.map.easeTo({ center: [lon!, lat!], zoom: this.app.view.map.getZoom() + 2, animate: false });
      return this.app.say(`这里有${first.layer.title} ${first.count} 个，已放大。`);
    }
    await this.show(first.layer.key, first.id, { among: found, at: view.map.unproject(point).toArray() as [number, number] });
  }

  /** Read and show the card of one feature. */
  async show(key: string, id: number, how: { fly?: boolean; among?: Found[]; at?: [number, number] } = {}): Promise<void> {
    const turn = ++this.turn;
    let card: Card;
    try {
      card = await getJson<Card>(`${this.app.box.dataset["feature"]}${key.replace(".", "/")}/${id}.json`);
    } catch (error) {
      return this.app.say(error instanceof Refused ? error.message : "暂时读不到这个要素，请稍后重试。");
    }
    if (turn !== this.turn) return;
    this.app.state.chosen = { key, id };
    for (const view of this.app.views()) view.mark(card.geometry);
    if (how.fly && card.box) this.app.fly(card.box);
    this.app.refresh();
    this.present(card, how.among ?? [], how.at ?? middle(card));
    this.app.say(`${card.kind}：${card.label}。`);
  }

  /** Take the card away. */
  close(): void {
    this.popup?.remove();
    this.popup = null;
    if (this.panels.current === "card") this.panels.close();
    this.forget();
  }

  private forget(): void {
    for (const view of this.app.views()) view.mark(null);
    if (!this.app.state.chosen) return;
    this.app.state.chosen = null;
    this.app.remember();
  }

  private present(card: Card, among: Found[], at: [number, number] | null): void {
    const content = this.content(card, among);
    const was = this.popup;
    this.popup = null;
    was?.remove();
    if (this.app.box.clientWidth < WIDE || !at) {
      this.app.need("[data-panel=card] .om-body").replaceChildren(content);
      this.panels.open("card", null, false);
      if (at) this.app.uncover(at);
      return;
    }
    if (this.panels.current === "card") this.panels.close();
    const popup = new Popup({ maxWidth: "340px", className: "om-popup", focusAfterOpen: false }).setLngLat(at).setDOMContent(content).addTo(this.app.view.map);
    this.app.uncover(at, popup.getElement());
    popup.on("close", () => this.popup === popup && this.forget());
    this.popup = popup;
  }

  private content(card: Card, among: Found[]): HTMLElement {
    const facts = element("dl", { class: "om-facts" });
    for (const [label, value] of card.facts) facts.append(element("dt", {}, label), element("dd", {}, value));
    const link = element("a", { class: "btn btn-primary btn-small", href: "" }, "查看详情");
    // The address is made when it is followed: the person may have moved the map meanwhile.
    const place = (): void => void (link.href = `${card.url}?from=map&back=${encodeURIComponent(this.app.address().split("?")[1] ?? "")}`);
    place();
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, place);
    const near = element("button", { type: "button", class: "btn btn-small" }, "放大查看");
    near.addEventListener("click", () => card.box && this.app.fly(card.box, 19));
    const made = element("div", { class: "om-card", "data-key": card.key, "data-id": String(card.id) }, element("p", { class: "om-kind" }, card.kind), element("h3", {}, card.label), element("div", { class: "btns" }, link, near), facts);
    if (card.versions.length > 1) made.append(this.choices("各个时期", card.versions.map((one) => [`${one.stage}：${one.from}${one.to ? ` 至 ${one.to}` : " 起"}`, card.key, one.id]), card.id));
    const others = among.filter((one) => one.layer.key !== card.key || one.id !== card.id).slice(0, 12);
    if (others.length) made.append(this.choices("这里还有", others.map((one) => [`${one.layer.title}：${one.label}`, one.layer.key, one.id]), 0, among));
    return made;
  }

  private choices(title: string, rows: [string, string, number][], current: number, among: Found[] = []): HTMLElement {
    const list = element("ul", { class: "om-choices" });
    for (const [text, key, id] of rows) {
      const button = element("button", { type: "button", class: "link-btn" }, text);
      if (id === current) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => void this.show(key, id, { among }));
      list.append(element("li", {}, button));
    }
    return element("details", { class: "om-others", open: "" }, element("summary", {}, title), list);
  }

  private list(): void {
    const found = this.app.view.found();
    const body = this.app.need("[data-panel=list] .om-body");
    const text = found.length ? `当前视图内有 ${found.length} 个要素${found.length > LISTED ? `，列出前 ${LISTED} 个，放大后可以看全` : ""}。` : "当前视图内没有要素，请打开图层或移动、放大地图。";
    const list = element("ul", { class: "om-hit-list" });
    for (const one of found.slice(0, LISTED)) {
      const button = element("button", { type: "button", class: "om-hit", "data-key": one.layer.key, "data-id": String(one.id) }, element("strong", {}, one.label), element("span", {}, one.layer.title));
      button.addEventListener("click", () => void this.show(one.layer.key, one.id));
      list.append(element("li", {}, button));
    }
    const was = body.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset : null;
    body.replaceChildren(element("p", {}, text), list);
    if (was?.["id"]) body.querySelector<HTMLElement>(`[data-key="${was["key"]}"][data-id="${was["id"]}"]`)?.focus();
  }
}

function middle(card: Card): [number, number] | null {
  return card.box ? [(card.box[0] + card.box[2]) / 2, (card.box[1] + card.box[3]) / 2] : null;
}
