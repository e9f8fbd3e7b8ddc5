/* Published BIM models in their place: storeys stand on the ground, may be pulled apart, or shown up to one of them. */
import { Box3, Group, type Mesh, Vector3 } from "three";
import { batch, bytes, Paints, type Batch } from "../solid/batch";
import { fill, getJson } from "../shared/island";
import type { Mark } from "./labels";
import type { Place } from "./place";
import type { Slots } from "./slots";

export interface Placed {
  id: number;
  name: string;
  lon: number;
  lat: number;
  rotation: number;
  above: number;
  building: number | null;
}

interface Storey {
  name: string;
  elevation: number | null;
  glb: string;
  types: { label: string; elements: [number, string, string][] }[];
}

export interface Standing {
  placed: Placed;
  group: Group;
  storeys: Storey[];
  parts: (Batch | null)[];
  names: Map<number, { name: string; kind: string; globalId: string; storey: number }>;
  first: number;
  apart: number;
  upto: number | null;
}

export const LAYER = "bim.element";

export class Models {
  readonly group = new Group();
  readonly paints: Paints;
  readonly standing = new Map<number, Standing>();
  placed: Placed[] = [];
  on = true;
  private readonly coming = new Set<number>();

  constructor(private readonly addresses: { models: string; tree: string }, private readonly place: Place, private readonly slots: Slots, private readonly changed: () => void) {
    this.paints = new Paints(slots.states);
  }

  async list(): Promise<Placed[]> {
    this.placed = await getJson<Placed[]>(this.addresses.models).catch(() => []);
    return this.placed;
  }

  /** Load models within `radius` metres of x, z; free those beyond twice as far. At most `most` stand at once. */
  around(x: number, z: number, radius: number, most: number): void {
    const far = (one: Placed): number => {
      const [ox, oz] = this.place.local(one.lon, one.lat);
      return Math.hypot(ox - x, oz - z);
    };
    const near = this.on ? this.placed.filter((one) => far(one) < radius).sort((a, b) => far(a) - far(b)).slice(0, most) : [];
    for (const one of near) if (!this.standing.has(one.id) && !this.coming.has(one.id)) void this.load(one);
    for (const [id, made] of this.standing) if (!this.on || far(made.placed) > radius * 2) this.free(id);
  }

  private async load(placed: Placed): Promise<void> {
    this.coming.add(placed.id);
    try {
      const tree = await getJson<{ storeys: Storey[] }>(fill(this.addresses.tree, { id: placed.id }));
      const names: Standing["names"] = new Map();
      let most = 0;
      tree.storeys.forEach((storey, at) => {
        for (const kind of storey.types) {
          for (const [index, globalId, name] of kind.elements) {
            names.set(index, { name, kind: kind.label, globalId, storey: at });
            most = Math.max(most, index);
          }
        }
      });
      const group = new Group();
      const [x, z] = this.place.local(placed.lon, placed.lat);
      group.position.set(x, placed.above, z);
      group.rotation.y = (-placed.rotation * Math.PI) / 180; // azimuth of the model's +Y (here −z), clockwise from north
      const made: Standing = { placed, group, storeys: tree.storeys, parts: tree.storeys.map(() => null), names, first: this.slots.run(LAYER, placed.id, most + 1), apart: 0, upto: null };
      this.standing.set(placed.id, made);
      this.group.add(group);
      this.hideBlock(placed, true);
      for (const [at, storey] of tree.storeys.entries()) {
        if (!storey.glb || !this.standing.has(placed.id)) continue;
        const part = await batch(await bytes(storey.glb), this.paints, 250_000, made.first);
        for (const mesh of part.meshes) mesh.castShadow = mesh.receiveShadow = true;
        made.parts[at] = part;
        group.add(part.group);
        this.arrange(made);
      }
    } catch {
      this.free(placed.id);
    } finally {
      this.coming.delete(placed.id);
      this.changed();
    }
  }

  /** Pull storeys apart by `metres` each, and show those up to `upto` (null: all). */
  arrange(made: Standing, apart = made.apart, upto: number | null = made.upto): void {
    made.apart = apart;
    made.upto = upto;
    made.parts.forEach((part, at) => {
      if (!part) return;
      part.group.position.y = apart * at;
      part.group.visible = upto === null || at <= upto;
    });
    this.changed();
  }

  private hideBlock(placed: Placed, hidden: boolean): void {
    if (placed.building === null) return;
    this.slots.states.hide(this.slots.of("cim.building", placed.building, {}), hidden);
    this.changed();
  }

  free(id: number): void {
    const made = this.standing.get(id);
    if (!made) return;
    for (const part of made.parts) part?.dispose();
    made.group.removeFromParent();
    this.standing.delete(id);
    this.hideBlock(made.placed, false);
  }

  meshes(): Mesh[] {
    return [...this.standing.values()].flatMap((made) => made.parts.flatMap((part) => (part?.group.visible ? part.meshes : [])));
  }

  /** Names of the models that stand. */
  marks(): Mark[] {
    return [...this.standing.values()].map((made) => {
      const at = new Box3();
      for (const part of made.parts) if (part?.group.visible) at.union(part.bounds.clone().translate(part.group.position));
      const spot = at.isEmpty() ? new Vector3() : at.getCenter(new Vector3()).setY(at.max.y);
      made.group.updateMatrixWorld();
      return { name: made.placed.name, at: made.group.localToWorld(spot), weight: 60, strong: true };
    });
  }

  /** Where a model stands. */
  spot(placed: Placed): Vector3 {
    const [x, z] = this.place.local(placed.lon, placed.lat);
    return new Vector3(x, placed.above + 4, z);
  }

  get busy(): number {
    return this.coming.size;
  }
}
