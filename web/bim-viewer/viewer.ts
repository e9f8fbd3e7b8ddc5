/* One viewer: the frame around the picture and everything the person may do with it. */
import { Box3, Vector3 } from "three";
import { element, getJson, Refused } from "../shared/island";
import { batch, bytes, type Batch } from "../solid/batch";
import { Floor } from "../solid/floor";
import { Frame } from "../solid/frame";
import { Measure } from "../solid/measure";
import { pick, presses, project, snap } from "../solid/pick";
import { Section } from "../solid/section";
import { DAY, NIGHT, Stage } from "../solid/stage";
import { button, captioned, press, Progress, save, tell } from "../solid/ui";
import { cutter } from "./cutter";
import { Model, type Tree } from "./model";
import { differenceList, findingsList, gradeShades, properties, SHADES, unchecked, type Change, type Difference, type Finding } from "./panels";
import { TreeView } from "./tree";

export interface Other {
  id: number;
  title: string;
  tree: string;
  compare: string;
}

const VIEWS: [string, string, [number, number, number]][] = [
  ["cube", "斜视", [0.62, 0.55, 0.8]],
  ["top", "俯视", [0, 1, 0.0001]],
  ["front", "正视", [0, 0.0001, 1]],
];

export class Viewer {
  readonly frame: Frame;
  readonly stage: Stage;
  readonly model: Model;
  readonly tree: TreeView;
  private readonly section = new Section();
  private readonly floor = new Floor();
  private readonly measure: Measure;
  private readonly progress = new Progress();
  private readonly bodies = { tree: element("div"), props: element("div", { class: "bim-props" }), checks: element("div"), compare: element("div") };
  private readonly find = element("ul", { class: "bim-list bim-found", "aria-live": "polite" });
  private findings: Finding[] | null = null;
  private ghosts: Batch | null = null;
  private selected = -1;
  private colouring: "" | "checks" | "compare" = "";

  constructor(readonly box: HTMLElement, tree: Tree, private readonly others: Other[]) {
    const left = [{ key: "tree", title: "结构", body: this.bodies.tree }];
    const right = [
      { key: "props", title: "属性", body: this.bodies.props },
      { key: "checks", title: "检查", body: this.bodies.checks },
      ...(others.length ? [{ key: "compare", title: "版本对比", body: this.bodies.compare }] : []),
    ];
    this.frame = new Frame(box, left, right);
    this.stage = new Stage(this.frame.stage, box.dataset["label"] ?? "建筑模型三维图：方向键旋转，加减号缩放，Shift加方向键平移", { phone: this.frame.phone });
    this.frame.reframe = () => this.stage.centre(...this.frame.covered());
    this.frame.settle();
    this.model = new Model(this.stage, tree);
    this.stage.scene.add(this.section.frame, this.floor);
    this.measure = new Measure(this.stage, (metres) => this.say("measured", metres === null ? "" : metres.toFixed(3)));
    this.tree = new TreeView(this.model, {
      storey: (place, on) => this.storey(place, on),
      show: async (indices, on, storey) => {
        if (on && !this.model.has(storey)) {
          this.model.hide(this.model.tree.storeys[storey]!.types.flatMap((kind) => kind.elements.map(([index]) => index)), true);
          await this.storey(storey, true);
        }
        this.model.hide(indices, !on);
        this.told();
      },
      isolate: async (indices, storey) => {
        await this.storey(storey, true);
        this.model.isolate(indices);
        this.told();
        this.fitSeen();
      },
      fly: (indices, storey) => this.fly(indices, storey),
      choose: (index) => this.choose(index),
    });
    this.panels();
    this.toolbar();
    presses(this.stage.renderer.domElement, (x, y) => this.pressed(x, y), () => this.stage.middle());
    this.stage.before.push(() => this.stage.depth(Math.max(this.whole().getSize(new Vector3()).length() / 2, 5)));
    this.frame.stage.append(this.progress.root);
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  /** Load what is shown first: every storey of an ordinary building, the ground floor alone of a very large one or on a phone. */
  async start(): Promise<void> {
    const total = this.model.elements.size;
    const most = this.frame.phone ? 6000 : 30000;
    let count = 0;
    const wanted = this.model.tree.storeys.map((storey, place) => ({ place, size: storey.types.reduce((sum, kind) => sum + kind.elements.length, 0) }));
    for (const { place, size } of wanted) {
      if (count && total > most && count + size > most) break;
      count += size;
      await this.storey(place, true);
    }
    const focus = Number.parseInt(this.box.dataset["focus"] ?? "", 10);
    if (this.model.elements.has(focus)) {
      await this.choose(focus);
      await this.fly([focus], this.model.elements.get(focus)!.storey);
    } else {
      this.stage.fit(this.model.bounds(), new Vector3(...VIEWS[0]![2]), 0);
    }
    this.tree.refresh();
    if (total > count) tell(this.frame.stage, `模型较大，先显示了 ${this.model.loaded.size} 层，其余楼层可在“结构”中打开。`);
    this.stage.before.push(() => this.counted());
    this.told();
  }

  private counted(): void {
    this.say("calls", String(this.stage.renderer.info.render.calls));
  }

  private panels(): void {
    const search = element("input", { type: "search", placeholder: "搜索构件名称或 GlobalId", "aria-label": "搜索构件", class: "bim-search", autocomplete: "off" });
    search.addEventListener("input", () => this.tree.find(search.value, this.find));
    this.find.hidden = true;
    this.bodies.tree.append(search, this.find, this.tree.root);
    this.bodies.props.append(this.hint("在图上点一个构件，或在“结构”中选择，这里显示它的属性。"));
    const colour = button("palette", "按检查结果着色", () => void this.checks(this.colouring !== "checks"), { wide: true, toggle: true, class: "bim-colour" });
    this.bodies.checks.append(colour, element("div", { class: "bim-out" }));
    if (this.others.length) {
      const choice = element("select", { "aria-label": "与哪个版本对比" }, element("option", { value: "" }, "选择要对比的版本"), ...this.others.map((one) => element("option", { value: String(one.id) }, one.title)));
      choice.addEventListener("change", () => void this.compare(this.others.find((one) => String(one.id) === choice.value) ?? null));
      this.bodies.compare.append(element("label", { class: "bim-choice" }, element("span", {}, "与此版本对比"), choice), element("p", { class: "bim-legend" }, ...(["added", "removed", "changed"] as const).map((kind) => element("span", { class: `bim-key bim-key-${kind}` }, { added: "新增", removed: "删除", changed: "变更" }[kind]))), element("div", { class: "bim-out" }));
    }
  }

  private hint(text: string): HTMLElement {
    return element("p", { class: "muted bim-hint" }, text);
  }

  private toolbar(): void {
    const { button: cut, box: cutBox } = cutter(this.section, () => this.whole(), (text) => {
      this.model.paints.clip(this.section.planes());
      this.say("section", text);
      this.stage.draw();
    });
    const tape = button("ruler", "测量距离（点两处，自动吸附顶点）", () => {
      this.measure.use(!this.measure.active);
      press(tape, this.measure.active);
      if (this.measure.active) tell(this.frame.stage, "请依次点两处，靠近顶点时自动吸附。");
    }, { toggle: true });
    this.frame.tool(
      button("fit", "看全部", () => this.fitSeen()),
      ...VIEWS.map(([sign, text, way]) => button(sign, text, () => this.stage.fit(this.model.bounds(), new Vector3(...way)))),
      null, cut, tape, null,
      button("hide", "隐藏所选", () => this.hideSelected()),
      button("solo", "只看所选", () => this.soloSelected()),
      button("all", "全部显示", () => this.showAll()),
      null,
      this.frame.theme((dark) => this.dress(dark)),
      button("camera", "保存图片", () => void this.shot()),
    );
    this.frame.dock.prepend(cutBox);
  }

  private dress(dark: boolean): void {
    this.stage.look(dark ? NIGHT : DAY);
    this.model.paints.lines.color.set(dark ? "#9db8dd" : "#33465f");
    this.stage.draw();
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("input, select, textarea, [role=tree]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") void this.choose(-1);
    else if (event.key === "h" || event.key === "H") this.hideSelected();
    else if (event.key === "i" || event.key === "I") this.soloSelected();
    else if (event.key === "a" || event.key === "A") this.showAll();
    else if (event.key === "f" || event.key === "F") this.selected >= 0 ? void this.fly([this.selected], this.model.elements.get(this.selected)!.storey) : this.fitSeen();
    else return;
    event.preventDefault();
  }

  private pressed(x: number, y: number): void {
    const canvas = this.stage.renderer.domElement;
    const hit = pick(x, y, canvas, this.stage.camera, this.model.meshes(), this.model.states, this.section.planes());
    if (this.measure.active) {
      if (hit) this.measure.add(snap(hit, x, y, this.stage.camera, canvas).point);
      return;
    }
    void this.choose(hit && this.model.elements.has(hit.element) ? hit.element : -1);
  }

  /** Choose an element (−1: none): mark it in picture and tree, show its properties. */
  async choose(index: number): Promise<void> {
    this.selected = index;
    const found = this.model.elements.get(index);
    if (found && !this.model.has(found.storey)) await this.storey(found.storey, true);
    if (found && this.model.states.hidden(index)) this.model.hide([index], false);
    this.model.choose(index);
    this.say("selected", found ? String(index) : "");
    this.box.dispatchEvent(new CustomEvent("bim:select", { bubbles: true, detail: found ? { index, globalId: found.globalId } : null }));
    if (!found) {
      this.bodies.props.replaceChildren(this.hint("在图上点一个构件，或在“结构”中选择，这里显示它的属性。"));
      return;
    }
    this.tree.mark(index);
    this.frame.show("props");
    await properties(this.bodies.props, this.box.dataset["element"]!, found, this.model.tree.storeys[found.storey]!.name);
  }

  /** Look at elements from where they can be seen. */
  async fly(indices: number[], storey: number): Promise<void> {
    if (!this.model.has(storey)) await this.storey(storey, true);
    const around = new Box3();
    for (const index of indices) around.union(this.model.box(index));
    if (around.isEmpty()) return;
    const size = around.getSize(new Vector3()).length();
    this.stage.fit(around.expandByScalar(Math.max(size * 0.6, 1.2)), undefined);
  }

  /** Load a storey, or free its memory. */
  async storey(place: number, on: boolean): Promise<void> {
    if (!on) {
      this.model.unload(place);
    } else if (!this.model.has(place)) {
      const storey = this.model.tree.storeys[place]!;
      try {
        await this.model.load(place, (share) => this.progress.show(`正在加载 ${storey.name || "模型"}`, share));
      } catch {
        tell(this.frame.stage, `“${storey.name}”没有加载成功，请检查网络后再打开一次。`);
      } finally {
        this.progress.done();
      }
    }
    this.told();
  }

  private whole(): Box3 {
    const all = new Box3();
    for (const place of this.model.loaded.keys()) all.union(this.model.extents.get(place)!);
    return all;
  }

  fitSeen(): void {
    this.stage.fit(this.model.bounds());
  }

  private hideSelected(): void {
    if (this.selected < 0) return tell(this.frame.stage, "请先选择一个构件。");
    const index = this.selected;
    void this.choose(-1).then(() => {
      this.model.hide([index], true);
      this.tree.refresh();
      this.told();
    });
  }

  private soloSelected(): void {
    if (this.selected < 0) return tell(this.frame.stage, "请先选择一个构件。");
    this.model.isolate([this.selected]);
    this.tree.refresh();
    this.told();
    this.fitSeen();
  }

  private showAll(): void {
    this.model.showAll();
    this.tree.refresh();
    this.told();
  }

  /** Colour by the results of the checks and list them. */
  async checks(on: boolean): Promise<void> {
    const out = this.bodies.checks.querySelector<HTMLElement>(".bim-out")!;
    press(this.bodies.checks.querySelector<HTMLElement>(".bim-colour")!, on);
    if (on && this.findings === null) {
      try {
        this.findings = await getJson<Finding[]>(this.box.dataset["findings"]!);
      } catch (error) {
        out.replaceChildren(element("p", { class: "notice notice-warn", role: "alert" }, error instanceof Refused ? error.message : "检查结果暂时读不到，请稍后再试。"));
        return;
      }
    }
    this.colouring = on ? "checks" : "";
    this.dropGhosts();
    this.model.states.sieve.value = 0;
    this.model.colour(on ? gradeShades(this.model, this.findings!) : null);
    if (on) out.replaceChildren(findingsList(this.findings!, unchecked(this.model, this.findings!), (index) => void this.choose(index).then(() => this.fly([index], this.model.elements.get(index)?.storey ?? 0)).then(() => this.frame.show("checks"))));
    this.say("coloured", this.colouring);
    this.say("unchecked", on ? String(unchecked(this.model, this.findings!)) : "");
  }

  /** Show what changed since another version: added green, changed amber, removed red (taken from the other version's files). */
  async compare(other: Other | null): Promise<void> {
    const out = this.bodies.compare.querySelector<HTMLElement>(".bim-out")!;
    this.dropGhosts();
    this.colouring = other ? "compare" : "";
    this.model.states.sieve.value = 0;
    if (!other) {
      out.replaceChildren();
      this.model.colour(null);
      this.say("coloured", "");
      return;
    }
    out.replaceChildren(this.hint("正在对比…"));
    try {
      const [difference, before] = await Promise.all([getJson<Difference>(other.compare), getJson<Tree>(other.tree)]);
      const shades = new Map<number, number>();
      for (const kind of ["added", "changed"] as const) {
        for (const one of difference[kind]) {
          const found = this.model.byGlobalId.get(one.global_id);
          if (found) shades.set(found.index, SHADES[kind]);
        }
      }
      this.model.states.sieve.value = 1;
      this.model.colour(shades);
      const names = new Map(before.storeys.flatMap((storey) => storey.types.flatMap((kind) => kind.elements.map(([index, globalId, name]): [string, [number, string]] => [globalId, [index, name || kind.label]]))));
      await this.showGone(difference.removed, before, names);
      const named = (one: Change, gone: boolean): string => one.name || (gone ? names.get(one.global_id)?.[1] : this.model.byGlobalId.get(one.global_id)?.name) || one.global_id;
      out.replaceChildren(differenceList(difference, named, (one, kind) => this.toChange(one, kind, names)));
      this.say("coloured", "compare");
      this.say("compared", `${difference.added.length}/${difference.removed.length}/${difference.changed.length}`);
    } catch (error) {
      out.replaceChildren(element("p", { class: "notice notice-warn", role: "alert" }, error instanceof Refused ? error.message : "两个版本暂时无法对比，请稍后再试。"));
    }
  }

  /** The removed elements come from the other version's storeys; they get numbers after our own and one red paint. */
  private async showGone(removed: Change[], before: Tree, names: Map<string, [number, string]>): Promise<void> {
    const gone = new Set(removed.map((one) => names.get(one.global_id)?.[0]).filter((index): index is number => index !== undefined));
    if (!gone.size) return;
    const { MeshLambertMaterial } = await import("three");
    for (const storey of before.storeys) {
      if (!storey.glb || !storey.types.some((kind) => kind.elements.some(([index]) => gone.has(index)))) continue;
      const made = await batch(await bytes(storey.glb), this.model.paints, 0, 0, (index) => gone.has(index));
      const red = new MeshLambertMaterial({ color: SHADES.removed, transparent: true, opacity: 0.75 });
      for (const mesh of made.meshes) mesh.material = red;
      if (this.ghosts) {
        this.ghosts.group.add(made.group);
        for (const [index, box] of made.boxes) this.ghosts.boxes.set(index, box);
      } else {
        this.ghosts = made;
        this.stage.scene.add(made.group);
      }
    }
    this.say("gone", String(gone.size));
    this.stage.draw();
  }

  private dropGhosts(): void {
    this.ghosts?.dispose();
    this.ghosts = null;
    this.say("gone", "");
  }

  private toChange(one: Change, kind: keyof Difference, names: Map<string, [number, string]>): void {
    const found = this.model.byGlobalId.get(one.global_id);
    if (kind !== "removed" && found) {
      void this.choose(found.index).then(() => this.fly([found.index], found.storey)).then(() => this.frame.show("compare"));
      return;
    }
    const box = this.ghosts?.boxes.get(names.get(one.global_id)?.[0] ?? -1);
    if (box) this.stage.fit(box.clone().expandByScalar(1.5));
  }

  private async shot(): Promise<void> {
    const text = `${this.box.dataset["name"] ?? ""}　${new Date().toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false })}`;
    save(await captioned(await this.stage.picture(), text, this.box.dataset["theme"] === "dark"), `${this.box.dataset["name"] ?? "模型"}.png`);
    tell(this.frame.stage, "图片已保存。");
  }

  /** Pixels of an element's middle in the picture; for people who point with something else than a mouse. */
  where(index: number): [number, number] | null {
    this.stage.camera.updateMatrixWorld();
    return project(this.model.box(index).getCenter(new Vector3()), this.stage.camera, this.stage.renderer.domElement);
  }

  private say(name: string, value: string): void {
    this.box.dataset[name] = value;
  }

  private told(): void {
    this.floor.under(this.whole());
    this.say("loaded", String(this.model.loaded.size));
    this.say("visible", String(this.model.visible()));
    this.say("triangles", String(this.model.triangles()));
    this.say("elements", String(this.model.elements.size));
  }
}
