/* Geometry of the city: polygons become walls and roofs, lines become ribbons or tubes, points become shafts or pins. */
import { BufferAttribute, BufferGeometry, ShapeUtils, Vector2, Vector3 } from "three";

type Ring = [number, number][];

/** Collects vertices. `face`: metres along the wall and above the ground; x < 0 marks what is no wall. */
export class Builder {
  private readonly position: number[] = [];
  private readonly normal: number[] = [];
  private readonly face: number[] = [];
  private readonly element: number[] = [];
  private readonly colour: number[] = [];
  private readonly index: number[] = [];
  private readonly edges: number[] = [];
  private readonly owners: number[] = [];

  constructor(private readonly coloured = false) {}

  private vertex(x: number, y: number, z: number, normal: readonly [number, number, number], u: number, h: number, element: number, colour: number): number {
    this.position.push(x, y, z);
    this.normal.push(...normal);
    this.face.push(u, h);
    this.element.push(element);
    if (this.coloured) this.colour.push(((colour >> 16) & 255) / 255, ((colour >> 8) & 255) / 255, (colour & 255) / 255);
    return this.element.length - 1;
  }

  private edge(ax: number, ay: number, az: number, bx: number, by: number, bz: number, element: number): void {
    this.edges.push(ax, ay, az, bx, by, bz);
    this.owners.push(element, element);
  }

  /** A block over `rings` (first the outline, then its holes; x, z in metres) from `bottom` to `top`. `skip(a, b)`: no wall there. */
  block(rings: Ring[], bottom: number, top: number, element: number, skip: (a: [number, number], b: [number, number]) => boolean, colour = 0): void {
    rings.forEach((ring, place) => orient(ring, place === 0));
    let along = 0;
    for (const ring of rings) {
      for (let at = 0; at < ring.length; at++) {
        const [a, b] = [ring[at]!, ring[(at + 1) % ring.length]!];
        const [dx, dz] = [b[0] - a[0], b[1] - a[1]];
        const length = Math.hypot(dx, dz);
        if (length < 0.01 || skip(a, b)) continue;
        const normal = [dz / length, 0, -dx / length] as const;
        const a0 = this.vertex(a[0], bottom, a[1], normal, along, bottom, element, colour);
        const a1 = this.vertex(a[0], top, a[1], normal, along, top, element, colour);
        const b1 = this.vertex(b[0], top, b[1], normal, along + length, top, element, colour);
        const b0 = this.vertex(b[0], bottom, b[1], normal, along + length, bottom, element, colour);
        this.index.push(a0, a1, b1, a0, b1, b0);
        this.edge(a[0], top, a[1], b[0], top, b[1], element);
        if (sharp(ring, at)) this.edge(a[0], bottom, a[1], a[0], top, a[1], element);
        along += length;
      }
    }
    this.flat(rings, top, element, colour);
  }

  /** A level surface. */
  flat(rings: Ring[], height: number, element: number, colour = 0): void {
    const contour = rings[0]!.map(([x, z]) => new Vector2(x, z));
    const holes = rings.slice(1).map((ring) => ring.map(([x, z]) => new Vector2(x, z)));
    const points = [contour, ...holes].flat();
    const first = this.element.length;
    for (const point of points) this.vertex(point.x, height, point.y, [0, 1, 0], -1, height, element, colour);
    for (const [a, b, c] of ShapeUtils.triangulateShape(contour, holes) as [number, number, number][]) {
      const [p, q, r] = [points[a]!, points[b]!, points[c]!];
      const turn = (q.x - p.x) * (r.y - p.y) - (r.x - p.x) * (q.y - p.y);
      this.index.push(first + a, first + (turn < 0 ? b : c), first + (turn < 0 ? c : b));
    }
  }

  /** A flat band along a line. */
  ribbon(line: Ring, half: number, height: number, element: number, colour: number): void {
    for (let at = 0; at < line.length - 1; at++) {
      const [a, b] = [line[at]!, line[at + 1]!];
      const [dx, dz] = [b[0] - a[0], b[1] - a[1]];
      const length = Math.hypot(dx, dz);
      if (length < 0.01) continue;
      const [nx, nz] = [(-dz / length) * half, (dx / length) * half];
      const [ex, ez] = [(dx / length) * half * 0.5, (dz / length) * half * 0.5]; // bands overlap at bends
      const up = [0, 1, 0] as const;
      const one = this.vertex(a[0] - ex + nx, height, a[1] - ez + nz, up, -1, height, element, colour);
      const two = this.vertex(a[0] - ex - nx, height, a[1] - ez - nz, up, -1, height, element, colour);
      const three = this.vertex(b[0] + ex - nx, height, b[1] + ez - nz, up, -1, height, element, colour);
      const four = this.vertex(b[0] + ex + nx, height, b[1] + ez + nz, up, -1, height, element, colour);
      this.index.push(one, three, two, one, four, three);
    }
  }

  /** A tube of `sides` along points; elliptic when wide and high differ. Ends are closed. */
  tube(points: Vector3[], wide: number, high: number, element: number, colour: number, sides = 8): void {
    const path = points.filter((point, at) => at === 0 || point.distanceToSquared(points[at - 1]!) > 1e-4);
    if (path.length < 2) return;
    const up = new Vector3(0, 1, 0);
    const rings: number[][] = [];
    path.forEach((point, at) => {
      const ahead = at < path.length - 1 ? path[at + 1]!.clone().sub(point).normalize() : point.clone().sub(path[at - 1]!).normalize();
      const behind = at > 0 ? point.clone().sub(path[at - 1]!).normalize() : ahead;
      const way = ahead.clone().add(behind).normalize();
      if (way.lengthSq() < 0.5) way.copy(ahead);
      const side = Math.abs(way.y) > 0.99 ? new Vector3(1, 0, 0) : new Vector3().crossVectors(way, up).normalize();
      const top = new Vector3().crossVectors(side, way).normalize();
      const stretch = 1 / Math.max(Math.sqrt((1 + ahead.dot(behind)) / 2), 0.4); // keep the width at bends
      const ring: number[] = [];
      for (let corner = 0; corner <= sides; corner++) {
        const angle = (corner / sides) * Math.PI * 2;
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const offset = side.clone().multiplyScalar((c * wide * stretch) / 2).addScaledVector(top, (s * high) / 2);
        const normal = side.clone().multiplyScalar(c / Math.max(wide, 0.01)).addScaledVector(top, s / Math.max(high, 0.01)).normalize();
        ring.push(this.vertex(point.x + offset.x, point.y + offset.y, point.z + offset.z, [normal.x, normal.y, normal.z], -1, point.y, element, colour));
      }
      rings.push(ring);
    });
    for (let at = 0; at < rings.length - 1; at++) {
      for (let corner = 0; corner < sides; corner++) {
        const [a, b, c, d] = [rings[at]![corner]!, rings[at]![corner + 1]!, rings[at + 1]![corner + 1]!, rings[at + 1]![corner]!];
        this.index.push(a, b, c, a, c, d);
      }
    }
    for (const [ring, turned] of [[rings[0]!, true], [rings.at(-1)!, false]] as const) {
      for (let corner = 1; corner < sides - 1; corner++) this.index.push(ring[0]!, ring[turned ? corner + 1 : corner]!, ring[turned ? corner : corner + 1]!);
    }
  }

  /** An upright cylinder from `top` down to `bottom`, with a lid. */
  shaft(x: number, z: number, top: number, bottom: number, radius: number, element: number, colour: number, sides = 10): void {
    const ring: Ring = [];
    for (let corner = 0; corner < sides; corner++) {
      const angle = (corner / sides) * Math.PI * 2;
      ring.push([x + Math.cos(angle) * radius, z + Math.sin(angle) * radius]);
    }
    orient(ring, true);
    for (let at = 0; at < ring.length; at++) {
      const [a, b] = [ring[at]!, ring[(at + 1) % sides]!];
      const [na, nb] = [a, b].map((p) => [(p[0] - x) / radius, 0, (p[1] - z) / radius] as const);
      const a0 = this.vertex(a[0], bottom, a[1], na!, -1, bottom, element, colour);
      const a1 = this.vertex(a[0], top, a[1], na!, -1, top, element, colour);
      const b1 = this.vertex(b[0], top, b[1], nb!, -1, top, element, colour);
      const b0 = this.vertex(b[0], bottom, b[1], nb!, -1, bottom, element, colour);
      this.index.push(a0, a1, b1, a0, b1, b0);
    }
    this.flat([ring], top, element, colour);
  }

  get empty(): boolean {
    return this.index.length === 0;
  }

  /** Triangles of everything added. */
  solid(): BufferGeometry {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(this.position), 3));
    geometry.setAttribute("normal", new BufferAttribute(new Int8Array(this.normal.map((value) => Math.round(value * 127))), 3, true));
    geometry.setAttribute("face", new BufferAttribute(new Float32Array(this.face), 2));
    geometry.setAttribute("element", new BufferAttribute(new Float32Array(this.element), 1));
    if (this.coloured) geometry.setAttribute("color", new BufferAttribute(new Uint8Array(this.colour.map((value) => Math.round(value ** 2.2 * 255))), 3, true));
    geometry.setIndex(new BufferAttribute(new Uint32Array(this.index), 1));
    geometry.computeBoundingSphere();
    return geometry;
  }

  /** Edge lines of blocks. */
  lines(): BufferGeometry {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(this.edges), 3));
    geometry.setAttribute("element", new BufferAttribute(new Float32Array(this.owners), 1));
    geometry.computeBoundingSphere();
    return geometry;
  }
}

/** Twice the area of a ring in the plane x, z. */
export function area(ring: Ring): number {
  let sum = 0;
  for (let at = 0; at < ring.length; at++) {
    const [a, b] = [ring[at]!, ring[(at + 1) % ring.length]!];
    sum += a[0] * b[1] - b[0] * a[1];
  }
  return sum;
}

function orient(ring: Ring, positive: boolean): void {
  if (area(ring) > 0 !== positive) ring.reverse();
}

function sharp(ring: Ring, at: number): boolean {
  const [a, b, c] = [ring[(at + ring.length - 1) % ring.length]!, ring[at]!, ring[(at + 1) % ring.length]!];
  const [ux, uz, vx, vz] = [b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]];
  const cosine = (ux * vx + uz * vz) / (Math.hypot(ux, uz) * Math.hypot(vx, vz) || 1);
  return cosine < 0.94;
}

/** The part of a ring inside the square 0 … `extent`; empty when nothing is left. */
export function clip(ring: Ring, extent: number): Ring {
  let kept = ring;
  for (const [axis, limit, sign] of [[0, 0, 1], [0, extent, -1], [1, 0, 1], [1, extent, -1]] as const) {
    const inside = (point: [number, number]): boolean => (point[axis] - limit) * sign >= 0;
    const next: Ring = [];
    for (let at = 0; at < kept.length; at++) {
      const [a, b] = [kept[at]!, kept[(at + 1) % kept.length]!];
      if (inside(a)) next.push(a);
      if (inside(a) !== inside(b)) {
        const share = (limit - a[axis]) / (b[axis] - a[axis]);
        next.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
      }
    }
    kept = next;
  }
  return kept.length > 2 ? kept : [];
}
