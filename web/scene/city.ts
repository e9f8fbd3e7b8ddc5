/* One 3D city: what is loaded around the place one looks at, the sun, the ground, picking, and the address of the view. */
import { Color, CircleGeometry, Fog, Mesh, type MeshLambertMaterial, Vector3 } from "three";
import { Frame } from "../solid/frame";
import { pick, presses, project, type Hit } from "../solid/pick";
import { DAY, NIGHT, Stage, type Look } from "../solid/stage";
import { tell } from "../solid/ui";
import { Floors } from "./floors";
import { Labels } from "./labels";
import { LAYER, Models } from "./models";
import { CityPaints } from "./paints";
import { Panels } from "./panels";
import { Place } from "./place";
import { Slots } from "./slots";
import { sunAt, type Sun } from "./sun";
import { TileSet, type TileLayer } from "./tiles";
import { Underground } from "./underground";

export interface Config {
  start: { lon: number; lat: number };
  focus: number | null;
  buildings: TileLayer | null;
  uses: [string, string][];
  levels: [string, string][];
  flat: (TileLayer & { title: string })[];
  pipes: string;
  shafts: string;
  models: string;
  feature: string;
  floors: string;
  viewpoints: string;
  assumed_depth: number;
  may_save: boolean;
  organisation: string;
  roles: [string, string][];
  tree: string;
  model_page: string;
  today: string;
}

/** Where one looks from: degrees and metres. `pitch` below the horizon is positive (looking down). */
export interface View {
  lon: number;
  lat: number;
  distance: number;
  pitch: number;
  bearing: number;
  ground?: number;
  at?: string;
  layers?: string[];
}

const ASPHALT = 0xc4ccd6;
const FLAT = [0x8fb8e8, 0x9fd0b0, 0xe3b27c, 0xc7a6dc, 0xe69a9a, 0x7fc4c4, 0xd0c27a];
const DUSK: Look = { zenith: "#35507f", horizon: "#f2b98a", below: "#8d8a92" };

export class City {
  readonly frame: Frame;
  readonly stage: Stage;
  readonly slots = new Slots();
  readonly paints = new CityPaints(this.slots.states);
  readonly place: Place;
  readonly buildings: TileSet | null;
  readonly flats: { set: TileSet; title: string; colour: number }[];
  readonly underground: Underground;
  readonly models: Models;
  readonly floors: Floors;
  readonly labels: Labels;
  readonly panels: Panels;
  sun: Sun = { azimuth: 180, elevation: 45 };
  moment: number;
  ground = 1;
  below = false;
  /** Day whose buildings and pipes are shown; empty: today. */
  on = "";
  dark = false;
  private readonly land: Mesh<CircleGeometry, MeshLambertMaterial>;
  private timer = 0;
  private shadowAt = new Vector3(1e9, 0, 0);
  private shadowSize = 0;

  constructor(readonly box: HTMLElement, readonly config: Config) {
    const start = fromHash() ?? { ...config.start, distance: 760, pitch: 24, bearing: 30 };
    this.place = new Place(start.lon, start.lat);
    this.panels = new Panels(this);
    this.frame = new Frame(box, this.panels.left(), this.panels.right());
    const phone = this.frame.phone;
    this.stage = new Stage(this.frame.stage, box.dataset["label"] ?? "城市三维图", { shadows: true, phone });
    this.frame.reframe = () => this.stage.centre(...this.frame.covered());
    this.frame.away("picked");
    this.stage.scene.fog = new Fog(DAY.horizon, 1800, 6000);
    this.land = new Mesh(new CircleGeometry(12_000, 48), this.paints.ground);
    this.land.rotation.x = -Math.PI / 2;
    this.land.receiveShadow = true;
    this.land.renderOrder = 1;
    const changed = (): void => this.changed();
    this.buildings = config.buildings ? new TileSet(config.buildings, this.place, this.slots, this.paints, null, changed) : null;
    if (this.buildings) this.buildings.on = true;
    this.flats = config.flat.map((layer, at) => {
      const road = layer.key.endsWith(".road");
      const colour = road ? ASPHALT : FLAT[at % FLAT.length]!;
      const set = new TileSet(layer, this.place, this.slots, this.paints, colour, changed);
      set.on = start.layers ? start.layers.includes(layer.key) : road;
      return { set, title: layer.title, colour };
    });
    this.underground = new Underground({ pipes: config.pipes, shafts: config.shafts, assumed: config.assumed_depth }, this.place, this.slots, this.paints, changed);
    this.models = new Models({ models: config.models, tree: config.tree }, this.place, this.slots, changed);
    this.floors = new Floors(config.floors, config.buildings?.key ?? "cim.building", this.place, this.slots, this.paints, changed);
    this.stage.scene.add(this.floors.group, this.land, this.underground.group, this.models.group, ...this.flats.map(({ set }) => set.group));
    if (this.buildings) this.stage.scene.add(this.buildings.group);
    const light = this.stage.sun;
    light.castShadow = true;
    light.shadow.mapSize.setScalar(phone ? 1024 : 2048);
    light.shadow.bias = -0.00012;
    this.stage.controls.maxDistance = 8000;
    this.stage.controls.minDistance = 8;
    this.stage.controls.screenSpacePanning = false;
    this.moment = start.at ? Date.parse(`${start.at}:00+08:00`) : Date.parse(`${config.today}T15:30:00+08:00`);
    this.labels = new Labels(this.stage, phone ? 8 : 18);
    this.panels.tools(this.frame);
    this.show(start, 0);
    this.see(start.ground ?? 1);
    this.stage.before.push(() => this.stage.depth(Math.max(this.distance * 1.2, 1500)), () => this.shade());
    this.stage.controls.addEventListener("change", () => this.moved());
    this.stage.controls.addEventListener("end", () => this.keep());
    presses(this.stage.renderer.domElement, (x, y) => void this.pressed(x, y), () => this.stage.middle());
    this.time(this.moment);
  }

  async start(): Promise<void> {
    await this.models.list();
    await this.panels.start();
    this.around();
    if (this.config.focus !== null && this.config.buildings) void this.choose(this.slots.of(this.config.buildings.key, this.config.focus, {}));
    const wanted = new URLSearchParams(location.hash.slice(1)).get("s");
    if (wanted) {
      const [layer, id] = wanted.split(":");
      if (layer && Number(id) && layer !== LAYER) void this.choose(this.slots.of(layer, Number(id), {}));
    }
  }

  get distance(): number {
    return this.stage.camera.position.distanceTo(this.stage.controls.target);
  }

  /** The view as it is now. */
  view(): View {
    const [target, camera] = [this.stage.controls.target, this.stage.camera.position];
    const [lon, lat] = this.place.world(target.x, target.z);
    const way = camera.clone().sub(target);
    const distance = way.length();
    return {
      lon: round(lon, 6), lat: round(lat, 6), distance: round(distance, 1), pitch: round((Math.asin(way.y / distance) * 180) / Math.PI, 1),
      bearing: round(((Math.atan2(-way.x, way.z) * 180) / Math.PI + 360) % 360, 1), ground: round(this.ground, 2), at: stamp(this.moment),
      layers: this.flats.filter(({ set }) => set.on).map(({ set }) => set.source.key),
    };
  }

  /** Go to a view. */
  show(view: View, milliseconds = 900): void {
    const [x, z] = this.place.local(view.lon, view.lat);
    const [pitch, bearing] = [(view.pitch * Math.PI) / 180, (view.bearing * Math.PI) / 180];
    if (view.ground !== undefined && milliseconds) this.see(view.ground);
    if (view.at && milliseconds) this.time(Date.parse(`${view.at}:00+08:00`));
    if (view.layers && milliseconds) {
      for (const { set } of this.flats) set.on = view.layers.includes(set.source.key);
      this.panels.refresh();
    }
    const target = new Vector3(x, 0, z);
    this.stage.fly(target, target.clone().add(new Vector3(-Math.sin(bearing) * Math.cos(pitch), Math.sin(pitch), Math.cos(bearing) * Math.cos(pitch)).multiplyScalar(view.distance)), milliseconds);
    this.moved();
  }

  private moved(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.around(), 180);
  }

  /** Load what belongs to the place one looks at. */
  around(): void {
    const target = this.stage.controls.target;
    const [lon, lat] = this.place.world(target.x, target.z);
    const radius = Math.min(Math.max(this.distance * 1.5, 700), this.frame.phone ? 1400 : 3000);
    if (this.slots.full) this.forget();
    this.buildings?.around(lon, lat, radius);
    for (const { set } of this.flats) set.around(lon, lat, Math.min(radius, 2000));
    void this.underground.around(lon, lat, Math.min(radius, this.frame.phone ? 450 : 900));
    this.models.around(target.x, target.z, this.frame.phone ? 500 : 1200, this.frame.phone ? 2 : 6);
    this.keep();
    this.changed();
  }

  /** Show buildings, roads and pipes as they were, or will be, on a day (empty: today). */
  asOf(day: string): void {
    this.on = day === this.config.today ? "" : day;
    this.box.dataset["on"] = this.on;
    void this.choose(-1);
    this.forget();
    for (const set of [this.buildings, ...this.flats.map((one) => one.set)]) if (set) set.day = this.on;
    this.underground.day = this.on;
    this.around();
  }

  private forget(): void {
    this.buildings?.clear();
    for (const { set } of this.flats) set.clear();
    for (const id of [...this.models.standing.keys()]) this.models.free(id);
    this.underground.clear();
    this.underground.forget();
    this.floors.close();
    this.slots.clear();
  }

  /** Something was loaded or changed: colours, shadows, what the box tells. */
  changed(): void {
    this.panels.paint();
    this.slots.flush(() => {
      this.shadowSize = 0;
      this.stage.draw();
      this.told();
    });
  }

  private told(): void {
    const data = this.box.dataset;
    data["buildings"] = String(this.buildings?.count ?? 0);
    data["pipes"] = String(this.underground.lines);
    data["shafts"] = String(this.underground.points);
    data["models"] = String([...this.models.standing.values()].filter((made) => made.parts.some((part) => part)).length);
    data["busy"] = String((this.buildings?.busy ?? 0) + this.flats.reduce((sum, { set }) => sum + set.busy, 0) + this.models.busy);
    data["floors"] = String(this.floors.shown?.floors.length ?? 0);
    data["calls"] = String(this.stage.renderer.info.render.calls);
    this.panels.loaded();
    this.labels.set(this.below ? [] : [...this.models.marks(), ...(this.buildings?.marks() ?? [])]);
  }

  /** Set date and time (UTC milliseconds): sun, shadows, sky. */
  time(moment: number): void {
    this.moment = moment;
    const target = this.stage.controls.target;
    const [lon, lat] = this.place.world(target.x, target.z);
    this.sun = sunAt(lon, lat, moment);
    const [azimuth, elevation] = [(this.sun.azimuth * Math.PI) / 180, (this.sun.elevation * Math.PI) / 180];
    const way = new Vector3(Math.sin(azimuth) * Math.cos(elevation), Math.sin(elevation), -Math.cos(azimuth) * Math.cos(elevation));
    const light = smooth(-4, 10, this.sun.elevation);
    const dusk = smooth(-9, -1, this.sun.elevation) * (1 - smooth(3, 16, this.sun.elevation));
    const daylight = this.dark ? Math.min(light, 0.0) : light;
    const sky = blend(blend(NIGHT, DAY, daylight), DUSK, this.dark ? 0 : dusk * 0.85);
    this.stage.look(sky);
    const fog = this.stage.scene.fog as Fog;
    fog.color.set(sky.horizon);
    this.stage.sun.intensity = (this.dark ? 0.9 : 1.95) * smooth(-1, 8, this.sun.elevation);
    this.stage.sun.color.set(new Color("#ff9a4d").lerp(new Color("#fff3e0"), smooth(0, 22, this.sun.elevation)));
    this.stage.sky.intensity = 0.45 + 0.75 * daylight;
    this.stage.fill.position.set(-way.x, 0.06, -way.z);
    this.stage.fill.intensity = 0.25 + 1.15 * daylight;
    this.stage.ambient.intensity = 0.25 + 0.2 * daylight;
    this.stage.sunAt(way, new Color("#ffe2b0").multiplyScalar(this.dark ? 0 : smooth(-3, 2, this.sun.elevation)));
    this.paints.dress(daylight, this.dark);
    this.stage.sun.userData["way"] = way;
    this.shadowSize = 0;
    this.box.dataset["sunAzimuth"] = this.sun.azimuth.toFixed(2);
    this.box.dataset["sunElevation"] = this.sun.elevation.toFixed(2);
    this.panels.sun();
    this.stage.draw();
  }

  /** Keep the shadow map around what one looks at. */
  private shade(): void {
    const target = this.stage.controls.target;
    const size = Math.min(Math.max(this.distance * 0.85, 220), 1600);
    if (Math.abs(size - this.shadowSize) < size * 0.25 && this.shadowAt.distanceTo(target) < size * 0.25) return;
    this.shadowSize = size;
    this.shadowAt.copy(target);
    const light = this.stage.sun;
    const way = light.userData["way"] as Vector3;
    light.target.position.copy(target);
    light.position.copy(target).addScaledVector(way, 1800);
    const camera = light.shadow.camera;
    camera.left = camera.bottom = -size;
    camera.right = camera.top = size;
    camera.near = 50;
    camera.far = 4200;
    light.shadow.normalBias = (size / light.shadow.mapSize.x) * 1.6;
    camera.updateProjectionMatrix();
    light.castShadow = this.sun.elevation > 0.5 && !this.below;
    this.stage.renderer.shadowMap.needsUpdate = true;
  }

  /** Ground from 1 (whole) to 0 (away). */
  see(share: number): void {
    this.ground = share;
    this.paints.see(share);
    this.land.visible = share > 0.01;
    this.stage.controls.maxPolarAngle = share < 0.7 ? Math.PI * 0.8 : Math.PI * 0.495;
    this.box.dataset["ground"] = share.toFixed(2);
    this.panels.refresh();
    this.stage.draw();
  }

  /** Look below: ground nearly away, buildings as ghosts. */
  dive(on: boolean): void {
    this.below = on;
    this.box.dataset["below"] = on ? "yes" : "no";
    this.paints.ghost(on);
    this.see(on ? 0.16 : 1);
    if (on) this.show({ ...this.view(), distance: Math.min(this.distance, 160), pitch: 22 });
    else if (this.stage.camera.position.y < 5) this.show({ ...this.view(), pitch: 35 });
    this.shadowSize = 0;
  }

  dress(dark: boolean): void {
    this.dark = dark;
    this.time(this.moment);
  }

  private hit(x: number, y: number): Hit | null {
    const canvas = this.stage.renderer.domElement;
    const try_ = (meshes: Mesh[]): Hit | null => pick(x, y, canvas, this.stage.camera, meshes, this.slots.states);
    const inside = try_(this.floors.meshes()); // an open building comes first
    if (inside) return inside;
    const deep = this.ground < 0.7 ? try_([...this.underground.meshes(), ...this.models.meshes()]) : null;
    if (deep) return deep;
    const found = try_([...(this.buildings?.meshes() ?? []), ...this.models.meshes(), ...this.flats.flatMap(({ set }) => set.meshes())]);
    return found && found.point.y < -0.01 ? null : found;
  }

  private async pressed(x: number, y: number): Promise<void> {
    const hit = this.hit(x, y);
    await this.choose(hit ? hit.element : -1);
  }

  /** Choose what has this number (−1: nothing). */
  async choose(slot: number): Promise<void> {
    const thing = slot >= 0 ? this.slots.thing(slot) : undefined;
    this.slots.states.chosen = thing ? slot : -1;
    this.box.dataset["selected"] = thing ? (thing.layer === LAYER ? `${LAYER}:${thing.id}/${String(thing.said["element"])}` : `${thing.layer}:${thing.id}`) : "";
    this.box.dispatchEvent(new CustomEvent("scene:select", { bubbles: true, detail: thing ?? null }));
    this.slots.flush(() => this.stage.draw());
    this.keep();
    await this.panels.picked.identify(thing);
  }

  /** The address of this view, for sharing. */
  address(): string {
    const view = this.view();
    const query = new URLSearchParams({ v: [view.lon, view.lat, view.distance, view.pitch, view.bearing].join(","), t: view.at!, g: String(view.ground) });
    const selected = this.box.dataset["selected"];
    if (selected && !selected.startsWith(LAYER)) query.set("s", selected);
    return `${location.pathname}${location.search}#${query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
  }

  /** Write the view into the address bar. */
  keep(): void {
    if (!this.box.isConnected) return;
    history.replaceState(history.state, "", this.address());
    this.box.dataset["view"] = JSON.stringify(this.view());
  }

  /** Pixels of a place, for tests and for people who do not point with a mouse. */
  where(lon: number, lat: number, height: number): [number, number] | null {
    const [x, z] = this.place.local(lon, lat);
    this.stage.camera.updateMatrixWorld();
    return project(new Vector3(x, height, z), this.stage.camera, this.stage.renderer.domElement);
  }

  say(text: string): void {
    tell(this.frame.stage, text);
  }
}

function fromHash(): View | null {
  const query = new URLSearchParams(location.hash.slice(1));
  const numbers = (query.get("v") ?? "").split(",").map(Number);
  if (numbers.length !== 5 || !numbers.every(Number.isFinite) || Math.abs(numbers[0]!) > 180 || Math.abs(numbers[1]!) > 85) return null;
  const [lon, lat, distance, pitch, bearing] = numbers as [number, number, number, number, number];
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(query.get("t") ?? "") ? query.get("t")! : undefined;
  const ground = Number.parseFloat(query.get("g") ?? "");
  return { lon, lat, distance: Math.min(Math.max(distance, 8), 8000), pitch, bearing, ...(at ? { at } : {}), ...(ground >= 0 && ground <= 1 ? { ground } : {}) };
}

/** Date and time in Chinese time, as the address and the clock inputs hold it. */
export function stamp(moment: number): string {
  return new Date(moment + 8 * 3_600_000).toISOString().slice(0, 16);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function smooth(low: number, high: number, value: number): number {
  const part = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return part * part * (3 - 2 * part);
}

function blend(from: Look, to: Look, share: number): Look {
  const mix = (a: string, b: string): string => `#${new Color(a).lerp(new Color(b), share).getHexString()}`;
  return { zenith: mix(from.zenith, to.zenith), horizon: mix(from.horizon, to.horizon), below: mix(from.below, to.below) };
}
