/* The building in memory: its tree, which storeys are loaded, which elements are hidden or coloured. */
import { Box3, Group, type Mesh } from "three";
import { batch, bytes, Paints, type Batch } from "../solid/batch";
import type { Stage } from "../solid/stage";
import { States } from "../solid/states";

/** `[number in the tiles, GlobalId, name, whether a rule applied to it]` */
export type Entry = [number, string, string, boolean?];

export interface Kind {
  ifc_class: string;
  label: string;
  elements: Entry[];
}

export interface Storey {
  id: string | number;
  name: string;
  elevation: number | null;
  glb: string;
  types: Kind[];
}

export interface Tree {
  storeys: Storey[];
  origin?: { lon: number; lat: number; height: number; rotation: number } | null;
}

export interface Element {
  index: number;
  globalId: string;
  name: string;
  kind: Kind;
  storey: number;
  /** Whether a rule applied to it. */
  checked: boolean;
}

/** A model of one version. Numbers of storeys are their places in the tree. */
export class Model {
  readonly elements = new Map<number, Element>();
  readonly byGlobalId = new Map<string, Element>();
  readonly states: States;
  readonly paints: Paints;
  readonly root = new Group();
  readonly loaded = new Map<number, Batch>();
  /** Bounds of storeys that were loaded once; they stay known after their memory is freed. */
  readonly extents = new Map<number, Box3>();
  private readonly boxes = new Map<number, Box3>();
  private readonly pending = new Map<number, AbortController>();

  constructor(readonly stage: Stage, readonly tree: Tree) {
    let most = 0;
    tree.storeys.forEach((storey, place) => {
      for (const kind of storey.types) {
        for (const [index, globalId, name, checked] of kind.elements) {
          const made = { index, globalId, name, kind, storey: place, checked: checked ?? false };
          this.elements.set(index, made);
          this.byGlobalId.set(globalId, made);
          most = Math.max(most, index);
        }
      }
    });
    this.states = new States(most + 1);
    this.paints = new Paints(this.states);
    stage.scene.add(this.root);
  }

  /** Load a storey's geometry; nothing when it is there already or on its way. */
  async load(place: number, progress: (share: number) => void): Promise<void> {
    const storey = this.tree.storeys[place];
    if (!storey?.glb || this.loaded.has(place) || this.pending.has(place)) return;
    const control = new AbortController();
    this.pending.set(place, control);
    try {
      const made = await batch(await bytes(storey.glb, progress, control.signal), this.paints);
      if (control.signal.aborted) return made.dispose();
      this.loaded.set(place, made);
      this.extents.set(place, made.bounds);
      for (const [index, box] of made.boxes) {
        const known = this.boxes.get(index);
        this.boxes.set(index, known ? known.union(box) : box);
      }
      this.root.add(made.group);
      this.stage.draw();
    } catch (error) {
      if (!control.signal.aborted) throw error;
    } finally {
      this.pending.delete(place);
    }
  }

  /** Free a storey's geometry. */
  unload(place: number): void {
    this.pending.get(place)?.abort();
    this.loaded.get(place)?.dispose();
    this.loaded.delete(place);
    this.stage.draw();
  }

  has(place: number): boolean {
    return this.loaded.has(place) || this.pending.has(place);
  }

  /** Everything that may be picked. */
  meshes(): Mesh[] {
    return [...this.loaded.values()].flatMap((made) => made.meshes);
  }

  /** Bounds of an element; empty when its storey was never loaded. */
  box(index: number): Box3 {
    return this.boxes.get(index)?.clone() ?? new Box3();
  }

  /** Bounds of what is loaded and not hidden. */
  bounds(): Box3 {
    const all = new Box3();
    for (const made of this.loaded.values()) {
      for (const [index, box] of made.boxes) if (!this.states.hidden(index)) all.union(box);
    }
    return all;
  }

  /** Hide or show elements. */
  hide(indices: Iterable<number>, hidden: boolean): void {
    for (const index of indices) this.states.hide(index, hidden);
    this.changed();
  }

  /** Show only these. */
  isolate(indices: Iterable<number>): void {
    for (const index of this.elements.keys()) this.states.hide(index, true);
    this.hide(indices, false);
  }

  showAll(): void {
    this.states.showAll();
    this.changed();
  }

  /** Mark one element, or none with −1. */
  choose(index: number): void {
    this.states.chosen = index;
    this.changed();
  }

  /** Colour elements; what has no colour is drawn pale. */
  colour(shades: Map<number, number> | null): void {
    this.states.clearTints();
    if (shades) {
      for (const [index, shade] of shades) this.states.tint(index, shade);
      this.states.context = true;
    }
    this.changed();
  }

  changed(): void {
    this.states.flush();
    this.stage.draw();
  }

  /** Elements that are in loaded storeys and not hidden. */
  visible(): number {
    let count = 0;
    for (const made of this.loaded.values()) for (const index of made.boxes.keys()) if (!this.states.hidden(index)) count++;
    return count;
  }

  triangles(): number {
    return [...this.loaded.values()].reduce((sum, made) => sum + made.triangles, 0);
  }
}

/** Numbers of all elements of a storey. */
export function membersOf(storey: Storey): number[] {
  return storey.types.flatMap((kind) => kind.elements.map(([index]) => index));
}
