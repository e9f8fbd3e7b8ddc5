/* Many elements in few draw calls: a GLB becomes one opaque, one transparent and one edge batch, each vertex knowing its element.

   Element numbers come from `_FEATURE_ID_0` (EXT_mesh_features) of the file. Colours of materials become vertex colours. */
import { Box3, BufferAttribute, BufferGeometry, Color, DoubleSide, Group, LineBasicMaterial, LineSegments, Mesh, MeshLambertMaterial, type MeshStandardMaterial, type Object3D, type Plane, Vector3 } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { creases } from "./edges";
import type { States } from "./states";

/** One loaded file: what to add to the scene, where each element is, and how to free it. */
export interface Batch {
  group: Group;
  meshes: Mesh[];
  boxes: Map<number, Box3>;
  bounds: Box3;
  triangles: number;
  dispose(): void;
}

/** Materials shared by all batches of one picture. */
export class Paints {
  readonly opaque = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide });
  readonly glass = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, transparent: true, opacity: 0.42, depthWrite: false });
  readonly lines = new LineBasicMaterial({ color: "#33465f", transparent: true, opacity: 0.55 });
  readonly cutting = { value: 0 };

  constructor(states: States) {
    states.patch(this.opaque, { uniforms: { cutting: this.cutting } });
    states.patch(this.glass, { uniforms: { cutting: this.cutting } });
    states.patch(this.lines, { line: true });
    this.opaque.polygonOffset = true;
    this.opaque.polygonOffsetFactor = 1;
    this.opaque.polygonOffsetUnits = 1;
  }

  /** Cut everything with these planes (none: whole). */
  clip(planes: Plane[]): void {
    for (const material of [this.opaque, this.glass, this.lines]) material.clippingPlanes = planes.length ? planes : null;
    this.cutting.value = planes.length ? 1 : 0;
  }

  dispose(): void {
    for (const material of [this.opaque, this.glass, this.lines]) material.dispose();
  }
}

/** How far the glaring colours of authoring programs are taken back to grey. */
const CALM = 0.3;

class Bag {
  parts: { position: Float32Array; normal: Float32Array; colour: Uint8Array; element: Float32Array; index: Uint32Array }[] = [];
}

/** Bytes of an address of this platform; `progress` gets the share read so far, 0 to 1. */
export async function bytes(url: string, progress?: (share: number) => void, signal?: AbortSignal): Promise<ArrayBuffer> {
  const answer = await fetch(url, { credentials: "same-origin", ...(signal ? { signal } : {}) });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  const whole = Number(answer.headers.get("Content-Length") ?? 0);
  if (!answer.body || !whole || !progress) return answer.arrayBuffer();
  const parts: Uint8Array[] = [];
  let read = 0;
  const reader = answer.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    read += step.value.length;
    progress(Math.min(read / whole, 1));
  }
  const joined = new Uint8Array(read);
  let at = 0;
  for (const part of parts) joined.set(part, at), (at += part.length);
  return joined.buffer;
}

/** Read a GLB. `most`: triangles above which no edges are drawn. */
export async function batch(data: ArrayBuffer, paints: Paints, most = 400_000, offset = 0, keep?: (element: number) => boolean): Promise<Batch> {
  const file = await new GLTFLoader().parseAsync(data, "");
  file.scene.updateMatrixWorld(true);
  const solids = new Bag();
  const panes = new Bag();
  const boxes = new Map<number, Box3>();
  const bounds = new Box3();
  file.scene.traverse((node) => {
    if ((node as Mesh).isMesh) take(node as Mesh, solids, panes, boxes, offset, keep);
  });
  for (const box of boxes.values()) bounds.union(box);
  free(file.scene);
  const group = new Group();
  const meshes: Mesh[] = [];
  let triangles = 0;
  for (const [bag, material] of [[solids, paints.opaque], [panes, paints.glass]] as const) {
    const geometry = join(bag);
    if (!geometry) continue;
    triangles += geometry.index!.count / 3;
    const mesh = new Mesh(geometry, material);
    mesh.renderOrder = material === paints.glass ? 2 : 0;
    meshes.push(mesh);
    group.add(mesh);
    if (geometry.index!.count / 3 > most) continue;
    const lines = new LineSegments(creases(geometry), paints.lines);
    lines.renderOrder = 1;
    group.add(lines);
  }
  return { group, meshes, boxes, bounds, triangles, dispose: () => free(group) };
}

function free(root: Object3D): void {
  root.traverse((node) => {
    const mesh = node as Mesh;
    mesh.geometry?.dispose();
  });
  root.removeFromParent();
}

/** Copy one mesh of the file into a bag: world positions, normals, vertex colours, element numbers. */
function take(mesh: Mesh, solids: Bag, panes: Bag, boxes: Map<number, Box3>, offset: number, keep?: (element: number) => boolean): void {
  const geometry = mesh.geometry;
  geometry.applyMatrix4(mesh.matrixWorld);
  if (!geometry.getAttribute("normal")) geometry.computeVertexNormals();
  const position = geometry.getAttribute("position");
  const normal = geometry.getAttribute("normal");
  const ids = geometry.getAttribute("_feature_id_0");
  const tones = geometry.getAttribute("color");
  const material = (Array.isArray(mesh.material) ? mesh.material[0] : mesh.material) as MeshStandardMaterial;
  const count = position.count;
  const part = {
    position: new Float32Array(count * 3), normal: new Float32Array(count * 3), colour: new Uint8Array(count * 3),
    element: new Float32Array(count), index: new Uint32Array(geometry.index ? geometry.index.count : count),
  };
  const own = material.color ?? new Color(0.8, 0.8, 0.8);
  const corner = new Vector3();
  for (let at = 0; at < count; at++) {
    corner.fromBufferAttribute(position, at).toArray(part.position, at * 3);
    part.normal[at * 3] = normal.getX(at);
    part.normal[at * 3 + 1] = normal.getY(at);
    part.normal[at * 3 + 2] = normal.getZ(at);
    const pure = tones ? [own.r * tones.getX(at), own.g * tones.getY(at), own.b * tones.getZ(at)] : [own.r, own.g, own.b];
    const grey = 0.3 * pure[0]! + 0.6 * pure[1]! + 0.1 * pure[2]!;
    const colour = pure.map((band) => band + (grey - band) * CALM);
    for (let band = 0; band < 3; band++) part.colour[at * 3 + band] = Math.round(Math.min(Math.max(colour[band]!, 0), 1) * 255);
    const element = (ids ? ids.getX(at) : 0) + offset;
    part.element[at] = element;
    let box = boxes.get(element);
    if (!box) boxes.set(element, (box = new Box3()));
    box.expandByPoint(corner);
  }
  if (geometry.index) part.index.set(geometry.index.array as Uint32Array);
  else for (let at = 0; at < count; at++) part.index[at] = at;
  if (keep) {
    const kept: number[] = [];
    for (let at = 0; at < part.index.length; at += 3) {
      if (keep(part.element[part.index[at]!]!)) kept.push(part.index[at]!, part.index[at + 1]!, part.index[at + 2]!);
    }
    part.index = Uint32Array.from(kept);
  }
  (material.transparent || material.opacity < 0.95 ? panes : solids).parts.push(part);
}

function join(bag: Bag): BufferGeometry | null {
  let vertices = 0;
  let indices = 0;
  for (const part of bag.parts) (vertices += part.element.length), (indices += part.index.length);
  if (!indices) return null;
  const position = new Float32Array(vertices * 3);
  const normal = new Float32Array(vertices * 3);
  const colour = new Uint8Array(vertices * 3);
  const element = new Float32Array(vertices);
  const index = new Uint32Array(indices);
  let vertex = 0;
  let place = 0;
  for (const part of bag.parts) {
    position.set(part.position, vertex * 3);
    normal.set(part.normal, vertex * 3);
    colour.set(part.colour, vertex * 3);
    element.set(part.element, vertex);
    for (let at = 0; at < part.index.length; at++) index[place + at] = part.index[at]! + vertex;
    vertex += part.element.length;
    place += part.index.length;
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(position, 3));
  geometry.setAttribute("normal", new BufferAttribute(normal, 3));
  geometry.setAttribute("color", new BufferAttribute(colour, 3, true));
  geometry.setAttribute("element", new BufferAttribute(element, 1));
  geometry.setIndex(new BufferAttribute(index, 1));
  geometry.computeBoundingSphere();
  return geometry;
}
