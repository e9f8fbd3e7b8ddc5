/* The storeys of a registered building, pulled apart: units in the colours of their uses, each one a record that can be picked. */
import { Group, LineSegments, Mesh } from "three";
import { fill, getJson } from "../shared/island";
import type { CityPaints } from "./paints";
import type { Place } from "./place";
import { Builder } from "./shapes";
import type { Slots } from "./slots";

type Ring = [number, number][];

export interface Unit {
  id: number;
  room: string;
  use: string;
  label: string;
  area: number | null;
  shape: Ring[] | null;
}

export interface Storeys {
  id: number;
  name: string;
  outline: Ring[][];
  floors: { floor: number; bottom: number; top: number; units: Unit[] }[];
}

const SHADES: Record<string, number> = { "10": 0xf1d9a8, "20": 0xeea48f, "30": 0x94bbec, "40": 0xb3a9dd, "50": 0xb9c3cf, "60": 0xd2c6b4, "70": 0x9fd3b2, "90": 0xdfe5ec };
const PLAIN = 0xdfe5ec;

export class Floors {
  readonly group = new Group();
  shown: Storeys | null = null;
  apart = 2.4;
  upto: number | null = null;
  private parts: { group: Group; mesh: Mesh }[] = [];

  constructor(
    private readonly address: string,
    private readonly layer: string,
    private readonly place: Place,
    private readonly slots: Slots,
    private readonly paints: CityPaints,
    private readonly changed: () => void,
  ) {}

  /** Open a building: its block gives way to its storeys. */
  async open(id: number): Promise<Storeys> {
    const found = await getJson<Storeys>(fill(this.address, { id }));
    this.close();
    this.shown = found;
    this.upto = null;
    for (const floor of found.floors) {
      const builder = new Builder(true);
      const top = Math.max(floor.top - 0.45, floor.bottom + 0.4);
      const slab = this.slots.of("cim.floor", id * 1000 + floor.floor + 500, { building: id, floor: floor.floor });
      for (const part of found.outline) builder.block(part.map((ring) => this.ring(ring)), floor.bottom, floor.bottom + 0.25, slab, () => false, PLAIN);
      for (const unit of floor.units) {
        if (!unit.shape) continue;
        const slot = this.slots.of("cim.unit", unit.id, { room: unit.room, floor: floor.floor });
        builder.block(unit.shape.map((ring) => this.ring(ring)), floor.bottom + 0.26, top, slot, () => false, SHADES[unit.use] ?? PLAIN);
      }
      const group = new Group();
      const mesh = new Mesh(builder.solid(), this.paints.pipe);
      mesh.castShadow = mesh.receiveShadow = true;
      mesh.customDepthMaterial = this.paints.shadow;
      group.add(mesh, new LineSegments(builder.lines(), this.paints.edges));
      this.parts.push({ group, mesh });
      this.group.add(group);
    }
    this.cover(true);
    this.arrange();
    return found;
  }

  /** Pull storeys apart by `apart` metres each and show those up to place `upto` (null: all). */
  arrange(apart = this.apart, upto: number | null = this.upto): void {
    this.apart = apart;
    this.upto = upto;
    const ground = this.shown?.floors.findIndex((floor) => floor.floor > 0) ?? 0;
    this.parts.forEach(({ group }, at) => {
      group.position.y = apart * (at - Math.max(ground, 0));
      group.visible = upto === null || at <= upto;
    });
    this.changed();
  }

  close(): void {
    if (!this.shown) return;
    this.cover(false);
    for (const { group } of this.parts) {
      for (const child of group.children) (child as Mesh).geometry.dispose();
      group.removeFromParent();
    }
    this.parts = [];
    this.shown = null;
    this.changed();
  }

  /** Hide the block of the open building (again, after numbers were given out anew). */
  cover(hidden = true): void {
    if (this.shown) this.slots.states.hide(this.slots.of(this.layer, this.shown.id, {}), hidden);
  }

  meshes(): Mesh[] {
    return this.parts.filter(({ group }) => group.visible).map(({ mesh }) => mesh);
  }

  private ring(ring: Ring): Ring {
    const own = ring.map(([lon, lat]): [number, number] => this.place.local(lon, lat));
    const [a, b] = [own[0], own.at(-1)];
    if (a && b && Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.001) own.pop();
    return own;
  }
}
