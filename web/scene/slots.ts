/* Numbers for everything that can be picked: a register's record, or an element of a model. */
import { States } from "../solid/states";

export interface Thing {
  layer: string;
  id: number;
  /** What the tile or the list said about it. */
  said: Record<string, unknown>;
}

const SIZE = 1 << 18;

export class Slots {
  readonly states = new States(SIZE);
  private readonly things: (Thing | undefined)[] = [];
  private readonly known = new Map<string, number>();
  private wanted = false;

  /** The number of a record; the same record in another tile has the same number. */
  of(layer: string, id: number, said: Record<string, unknown>): number {
    const key = `${layer}:${id}`;
    const found = this.known.get(key);
    if (found !== undefined) {
      const thing = this.things[found];
      if (thing && !Object.keys(thing.said).length) thing.said = said; // it was named before its tile came
      return found;
    }
    const made = this.things.length;
    if (made >= SIZE) return SIZE - 1;
    this.things.push({ layer, id, said });
    this.known.set(key, made);
    return made;
  }

  /** A run of `count` numbers for the elements of model `id`; their `said` holds `element`. */
  run(layer: string, id: number, count: number): number {
    const first = this.things.length;
    for (let element = 0; element < count && this.things.length < SIZE; element++) this.things.push({ layer, id, said: { element } });
    return first;
  }

  thing(slot: number): Thing | undefined {
    return this.things[slot];
  }

  find(layer: string, id: number): number | undefined {
    return this.known.get(`${layer}:${id}`);
  }

  /** All numbers of a layer. */
  each(layer: string, act: (slot: number, thing: Thing) => void): void {
    this.things.forEach((thing, slot) => thing?.layer === layer && act(slot, thing));
  }

  /** Half the numbers are used: time to forget what is far away. */
  get full(): boolean {
    return this.things.length > SIZE * 0.9;
  }

  clear(): void {
    this.things.length = 0;
    this.known.clear();
    this.states.clearTints();
    this.states.showAll();
    this.states.chosen = -1;
  }

  /** Bring the texture up to date before the next frame. */
  flush(after: () => void): void {
    if (this.wanted) return;
    this.wanted = true;
    queueMicrotask(() => {
      this.wanted = false;
      this.states.flush();
      after();
    });
  }
}
