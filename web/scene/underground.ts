/* Pipes at their depth and the shafts that lead to them. Depths are of the invert; the ground is drawn level at 0. */
import { Group, Mesh, Vector3 } from "three";
import { getJson } from "../shared/island";
import type { Place } from "./place";
import { Builder } from "./shapes";
import type { Slots } from "./slots";
import type { CityPaints } from "./paints";

export interface Kinds {
  [code: string]: { label: string; colour: string };
}

interface Lines {
  registers: { key: string; title: string; kinds: Kinds }[];
  lines: [number, number, string, number, number, number | null, number | null, [number, number][]][];
  limited: boolean;
}

interface Points {
  registers: { key: string; title: string }[];
  points: [number, number, string, string, number | null, number, number][];
  limited: boolean;
}

const PLAIN = 0x6b7a8d;
const THINNEST = 0.16; // metres: thinner pipes are drawn this thick so that they can be seen and picked
const WALL = 1.06; // outside over inside

export class Underground {
  readonly group = new Group();
  kinds: Kinds = {};
  readonly off = new Set<string>();
  limited = false;
  lines = 0;
  points = 0;
  private meshes_: Mesh[] = [];
  private box: [number, number, number, number] | null = null;
  private control: AbortController | null = null;
  private data: [Lines, Points] | null = null;
  on = true;
  /** Day whose state is asked for; empty: today. */
  day = "";

  constructor(
    private readonly addresses: { pipes: string; shafts: string; assumed: number },
    private readonly place: Place,
    private readonly slots: Slots,
    private readonly paints: CityPaints,
    private readonly changed: () => void,
  ) {}

  /** Read the pipes around a place (`radius` metres) unless they are there already. */
  async around(lon: number, lat: number, radius: number): Promise<void> {
    if (!this.on) return;
    const reach = Math.min(radius, 900);
    const dy = reach / 111_000;
    const dx = dy / Math.cos((lat * Math.PI) / 180);
    const inside = this.box && lon - dx * 0.5 > this.box[0] && lon + dx * 0.5 < this.box[2] && lat - dy * 0.5 > this.box[1] && lat + dy * 0.5 < this.box[3];
    if (inside) return;
    this.control?.abort();
    const control = (this.control = new AbortController());
    const box: [number, number, number, number] = [lon - dx, lat - dy, lon + dx, lat + dy];
    this.box = box;
    const query = `?bbox=${box.map((value) => value.toFixed(6)).join(",")}${this.day ? `&on=${this.day}` : ""}`;
    try {
      const data = await Promise.all([getJson<Lines>(this.addresses.pipes + query), getJson<Points>(this.addresses.shafts + query)]);
      if (control.signal.aborted) return;
      this.data = data;
      this.kinds = Object.assign({}, ...data[0].registers.map((register) => register.kinds)) as Kinds;
      this.draw();
    } catch {
      if (!control.signal.aborted) this.box = null;
    }
  }

  /** Build the geometry of the kinds that are switched on. */
  draw(): void {
    this.clear();
    if (!this.data || !this.on) return this.changed();
    const [lines, points] = this.data;
    this.limited = lines.limited || points.limited;
    const tubes = new Builder(true);
    this.lines = this.points = 0;
    const used = new Set<string>();
    for (const [register, id, kind, wide, high, start, end, path] of lines.lines) {
      used.add(kind);
      if (this.off.has(kind)) continue;
      const assumed = this.addresses.assumed + (high || THINNEST);
      const [from, to] = [start ?? end ?? assumed, end ?? start ?? assumed];
      const lengths = path.map((_, at) => (at ? Math.hypot(...difference(path[at - 1]!, path[at]!)) : 0));
      const whole = lengths.reduce((sum, length) => sum + length, 0) || 1;
      let run = 0;
      const spine = path.map(([lon, lat], at) => {
        run += lengths[at]!;
        const depth = from + ((to - from) * run) / whole;
        const [x, z] = this.place.local(lon, lat);
        return new Vector3(x, -depth + high / 2, z);
      });
      const slot = this.slots.of(lines.registers[register]!.key, id, { kind, wide, high, start, end });
      tubes.tube(spine, Math.max(wide * WALL, THINNEST), Math.max(high * WALL, THINNEST), slot, shade(this.kinds[kind]?.colour), wide > 0.6 ? 12 : 8);
      this.lines++;
    }
    const wells = new Builder(true);
    for (const [register, id, kind, label, depth, lon, lat] of points.points) {
      if (this.off.has(kind)) continue;
      const [x, z] = this.place.local(lon, lat);
      const slot = this.slots.of(points.registers[register]!.key, id, { kind, label, depth });
      const deep = depth !== null && depth > 0.3;
      wells.shaft(x, z, 0.06, deep ? -depth : -0.4, deep ? 0.42 : 0.22, slot, mix(shade(this.kinds[kind]?.colour)));
      this.points++;
    }
    for (const builder of [tubes, wells]) {
      if (builder.empty) continue;
      const mesh = new Mesh(builder.solid(), this.paints.pipe);
      mesh.renderOrder = 0;
      this.meshes_.push(mesh);
      this.group.add(mesh);
    }
    this.kinds = Object.fromEntries(Object.entries(this.kinds).filter(([code]) => used.has(code)));
    this.changed();
  }

  clear(): void {
    for (const mesh of this.meshes_) mesh.geometry.dispose(), mesh.removeFromParent();
    this.meshes_ = [];
  }

  /** Forget where we were: the next `around` reads again. */
  forget(): void {
    this.box = null;
  }

  meshes(): Mesh[] {
    return this.meshes_;
  }
}

function difference(a: [number, number], b: [number, number]): [number, number] {
  return [(b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180), b[1] - a[1]];
}

function shade(colour: string | undefined): number {
  return colour && /^#[0-9a-f]{6}$/i.test(colour) ? Number.parseInt(colour.slice(1), 16) : PLAIN;
}

/** A shaft in its pipe's colour, greyer. */
function mix(colour: number): number {
  return [16, 8, 0].reduce((sum, shift) => sum | (Math.round((((colour >> shift) & 255) + 0x9a) / 2) << shift), 0);
}
