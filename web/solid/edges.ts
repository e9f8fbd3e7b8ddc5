/* Edges of elements: where two faces of one element meet at an angle, or a face ends. They make shapes readable. */
import { BufferAttribute, BufferGeometry } from "three";

const COSINE = Math.cos((28 * Math.PI) / 180);
const GRID = 2000; // positions are the same within half a millimetre

/** Line segments of `geometry` (indexed triangles with `element`), each knowing its element. */
export function creases(geometry: BufferGeometry): BufferGeometry {
  const position = geometry.getAttribute("position").array as Float32Array;
  const element = geometry.getAttribute("element").array as Float32Array;
  const index = geometry.index!.array as Uint32Array;
  const places = new Map<string, number>();
  const names = new Int32Array(element.length);
  for (let at = 0; at < element.length; at++) {
    const key = `${element[at]}:${Math.round(position[at * 3]! * GRID)}:${Math.round(position[at * 3 + 1]! * GRID)}:${Math.round(position[at * 3 + 2]! * GRID)}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, at);
    names[at] = known ?? at;
  }
  places.clear();
  const open = new Map<number, number[]>(); // edge → normal of its first face and its two vertices
  const found: number[] = [];
  const total = element.length;
  for (let at = 0; at < index.length; at += 3) {
    const [a, b, c] = [names[index[at]!]!, names[index[at + 1]!]!, names[index[at + 2]!]!];
    if (a === b || b === c || c === a) continue;
    const n = face(position, a, b, c);
    if (!n) continue;
    for (const [from, to] of [[a, b], [b, c], [c, a]] as const) {
      const key = from < to ? from * total + to : to * total + from;
      const first = open.get(key);
      if (!first) {
        open.set(key, [n[0], n[1], n[2], from, to]);
      } else if (first.length === 5) {
        if (Math.abs(first[0]! * n[0] + first[1]! * n[1] + first[2]! * n[2]) < COSINE) found.push(from, to);
        first.length = 1; // both faces seen
      }
    }
  }
  for (const rest of open.values()) if (rest.length === 5) found.push(rest[3]!, rest[4]!);
  const points = new Float32Array(found.length * 3);
  const owners = new Float32Array(found.length);
  found.forEach((vertex, at) => {
    points.set(position.subarray(vertex * 3, vertex * 3 + 3), at * 3);
    owners[at] = element[vertex]!;
  });
  const lines = new BufferGeometry();
  lines.setAttribute("position", new BufferAttribute(points, 3));
  lines.setAttribute("element", new BufferAttribute(owners, 1));
  lines.computeBoundingSphere();
  return lines;
}

function face(position: Float32Array, a: number, b: number, c: number): [number, number, number] | null {
  const [ax, ay, az] = [position[a * 3]!, position[a * 3 + 1]!, position[a * 3 + 2]!];
  const [ux, uy, uz] = [position[b * 3]! - ax, position[b * 3 + 1]! - ay, position[b * 3 + 2]! - az];
  const [vx, vy, vz] = [position[c * 3]! - ax, position[c * 3 + 1]! - ay, position[c * 3 + 2]! - az];
  const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.hypot(x, y, z);
  return length > 1e-12 ? [x / length, y / length, z / length] : null;
}
