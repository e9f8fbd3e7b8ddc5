/* Vector tiles around the place one looks at: buildings stand up by their height, other layers lie flat. */
import { VectorTile, type VectorTileFeature, type VectorTileLayer } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { Group, LineSegments, Mesh, Vector3 } from "three";
import { getBytes } from "../shared/bytes";
import { fill } from "../shared/island";
import type { Mark } from "./labels";
import { tileOf, type Place } from "./place";
import { area, Builder, clip } from "./shapes";
import type { Slots } from "./slots";
import type { CityPaints } from "./paints";

export const ZOOM = 15;
const TALLEST = 1000;
const TALL = 24; // metres from which a building's name is shown
const UNKNOWN = 6; // metres at which a building without a registered height is drawn; the panel says so

export interface TileLayer {
  key: string;
  layer: string;
  tiles: string;
  min_zoom?: number;
}

interface Loaded {
  group: Group;
  meshes: Mesh[];
  marks: Mark[];
  members: Set<number>;
}

/** One layer of tiles. */
export class TileSet {
  readonly group = new Group();
  private readonly tiles = new Map<string, Loaded | null>();
  private readonly waiting = new Map<string, AbortController>();
  on = false;
  /** Day whose state is asked for; empty: today. */
  day = "";

  constructor(
    readonly source: TileLayer,
    private readonly place: Place,
    private readonly slots: Slots,
    private readonly paints: CityPaints,
    private readonly colour: number | null,
    private readonly changed: () => void,
  ) {}

  /** Load what is within `radius` metres of a place, forget what is far. */
  around(lon: number, lat: number, radius: number): void {
    const wanted = new Set<string>();
    if (this.on) {
      const [column, row] = tileOf(lon, lat, ZOOM);
      const [left, unit] = this.place.tile(ZOOM, column, row, 1);
      const reach = Math.min(Math.ceil(radius / unit), 5);
      const [x, z] = this.place.local(lon, lat);
      for (let dx = -reach; dx <= reach; dx++) {
        for (let dy = -reach; dy <= reach; dy++) {
          const [west, width, north, height] = this.place.tile(ZOOM, column + dx, row + dy, 1);
          const nearX = Math.max(west - x, 0, x - west - width);
          const nearZ = Math.max(north - z, 0, z - north - height);
          if (Math.hypot(nearX, nearZ) <= radius) wanted.add(`${column + dx}/${row + dy}`);
        }
      }
      void left;
    }
    for (const [key, control] of this.waiting) if (!wanted.has(key)) control.abort(), this.waiting.delete(key);
    for (const [key, tile] of this.tiles) if (!wanted.has(key)) this.drop(key, tile);
    const [column, row] = tileOf(lon, lat, ZOOM);
    const far = (key: string): number => Math.hypot(Number(key.split("/")[0]) - column, Number(key.split("/")[1]) - row);
    for (const key of [...wanted].sort((a, b) => far(a) - far(b))) {
      if (!this.tiles.has(key) && !this.waiting.has(key)) void this.load(key);
    }
  }

  private async load(key: string): Promise<void> {
    const [x, y] = key.split("/").map(Number) as [number, number];
    const control = new AbortController();
    this.waiting.set(key, control);
    try {
      const data = await getBytes(fill(this.source.tiles, { z: ZOOM, x, y }) + (this.day ? `?datetime=${this.day}` : ""), control.signal);
      if (control.signal.aborted) return;
      const layer = data.byteLength ? new VectorTile(new PbfReader(new Uint8Array(data))).layers[this.source.layer] : undefined;
      const made = layer ? this.build(layer, x, y) : null;
      this.tiles.set(key, made);
      if (made) this.group.add(made.group);
    } catch {
      if (!control.signal.aborted) this.tiles.set(key, null);
    } finally {
      this.waiting.delete(key);
      this.changed();
    }
  }

  private build(layer: VectorTileLayer, x: number, y: number): Loaded | null {
    const frame = this.place.tile(ZOOM, x, y, layer.extent);
    const builder = new Builder(this.colour !== null);
    const marks: Mark[] = [];
    const members = new Set<number>();
    for (let at = 0; at < layer.length; at++) {
      const feature = layer.feature(at);
      const slot = this.slots.of(this.source.key, feature.id ?? 0, feature.properties);
      members.add(slot);
      if (this.colour === null) marks.push(...stand(builder, feature, frame, layer.extent, slot));
      else lie(builder, feature, frame, layer.extent, slot, this.colour);
    }
    if (builder.empty) return null;
    const group = new Group();
    const mesh = new Mesh(builder.solid(), this.colour === null ? this.paints.building : this.paints.flat);
    mesh.castShadow = this.colour === null;
    mesh.customDepthMaterial = this.paints.shadow;
    mesh.receiveShadow = true;
    mesh.renderOrder = this.colour === null ? 3 : 2;
    group.add(mesh);
    if (this.colour === null) {
      const lines = new LineSegments(builder.lines(), this.paints.edges);
      lines.renderOrder = 4;
      group.add(lines);
    }
    return { group, meshes: [mesh], marks, members };
  }

  private drop(key: string, tile: Loaded | null): void {
    this.tiles.delete(key);
    if (!tile) return;
    this.group.remove(tile.group);
    for (const child of tile.group.children) (child as Mesh).geometry.dispose();
    this.changed();
  }

  clear(): void {
    for (const control of this.waiting.values()) control.abort();
    this.waiting.clear();
    for (const [key, tile] of this.tiles) this.drop(key, tile);
  }

  meshes(): Mesh[] {
    return [...this.tiles.values()].flatMap((tile) => tile?.meshes ?? []);
  }

  /** Names of what is tall enough to be looked for, once each. */
  marks(): Mark[] {
    const found = new Map<string, Mark>();
    for (const tile of this.tiles.values()) for (const mark of tile?.marks ?? []) found.set(mark.name, mark);
    return [...found.values()];
  }

  /** How many records are shown; one that lies in two tiles counts once. */
  get count(): number {
    const all = new Set<number>();
    for (const tile of this.tiles.values()) for (const member of tile?.members ?? []) all.add(member);
    return all.size;
  }

  get busy(): number {
    return this.waiting.size;
  }
}

type Frame = [number, number, number, number];

function rings(feature: VectorTileFeature, frame: Frame, extent: number): [number, number][][][] {
  const polygons: [number, number][][][] = [];
  let first = 0;
  for (const raw of feature.loadGeometry()) {
    let ring = raw.map((point): [number, number] => [point.x, point.y]);
    const [a, b] = [ring[0], ring.at(-1)];
    if (a && b && a[0] === b[0] && a[1] === b[1]) ring.pop();
    if (ring.some((p) => p[0] < 0 || p[1] < 0 || p[0] > extent || p[1] > extent)) ring = clip(ring, extent);
    const size = area(ring);
    if (ring.length < 3 || Math.abs(size) < 1) continue;
    const own = ring.map(([x, y]): [number, number] => [frame[0] + x * frame[1], frame[2] + y * frame[3]]);
    if (!polygons.length || Math.sign(size) === first) {
      first = Math.sign(size);
      polygons.push([own]);
    } else polygons.at(-1)!.push(own);
  }
  return polygons;
}

function stand(builder: Builder, feature: VectorTileFeature, frame: Frame, extent: number, slot: number): Mark[] {
  if (feature.type !== 3) return [];
  const told = Number(feature.properties["height_m"] ?? 0);
  const floors = Number(feature.properties["floors_above"] ?? 0);
  const height = Math.min(told > 0 ? told : floors > 0 ? floors * 3.2 : UNKNOWN, TALLEST);
  const [west, east] = [frame[0], frame[0] + extent * frame[1]];
  const [north, south] = [frame[2], frame[2] + extent * frame[3]];
  const border = (a: [number, number], b: [number, number]): boolean =>
    [west, east].some((edge) => Math.abs(a[0] - edge) < 1e-3 && Math.abs(b[0] - edge) < 1e-3) || [north, south].some((edge) => Math.abs(a[1] - edge) < 1e-3 && Math.abs(b[1] - edge) < 1e-3);
  const shapes = rings(feature, frame, extent);
  for (const polygon of shapes) builder.block(polygon, 0, height, slot, border);
  const name = feature.properties["name"];
  if (typeof name !== "string" || !name || !shapes[0] || height < TALL) return [];
  const ring = shapes[0][0]!;
  const [x, z] = [ring.reduce((sum, point) => sum + point[0], 0) / ring.length, ring.reduce((sum, point) => sum + point[1], 0) / ring.length];
  return [{ name, at: new Vector3(x, height, z), weight: height }];
}

function lie(builder: Builder, feature: VectorTileFeature, frame: Frame, extent: number, slot: number, colour: number): void {
  const height = 0.12;
  if (feature.type === 3) {
    for (const polygon of rings(feature, frame, extent)) builder.flat(polygon, height, slot, colour);
  } else if (feature.type === 2) {
    const half = Math.min(Math.max(Number(feature.properties["width_m"] ?? 0) / 2, 3), 30);
    for (const line of feature.loadGeometry()) builder.ribbon(line.map((p): [number, number] => [frame[0] + p.x * frame[1], frame[2] + p.y * frame[3]]), half, height, slot, colour);
  } else {
    for (const points of feature.loadGeometry()) for (const p of points) builder.shaft(frame[0] + p.x * frame[1], frame[2] + p.y * frame[3], 4, 0, 0.7, slot, colour, 8);
  }
}
