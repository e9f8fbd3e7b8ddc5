/* One cutting plane along an axis, with its frame drawn. */
import { type Box3, BoxGeometry, EdgesGeometry, LineBasicMaterial, LineSegments, Mesh, MeshBasicMaterial, Plane, PlaneGeometry, Vector3 } from "three";

export type Axis = "x" | "y" | "z";

const NORMALS: Record<Axis, [number, number, number]> = { x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, -1] };

/** The cut. `share` runs from 0 to 1 through the bounds. */
export class Section {
  readonly plane = new Plane(new Vector3(0, -1, 0), 0);
  readonly frame = new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial({ color: "#1a63c9", transparent: true, opacity: 0.07, depthWrite: false, side: 2 }));
  private readonly rim = new LineSegments(new EdgesGeometry(new BoxGeometry(1, 1, 0)), new LineBasicMaterial({ color: "#1a63c9" }));
  axis: Axis | null = null;
  share = 0.5;
  flipped = false;

  constructor() {
    this.frame.add(this.rim);
    this.frame.visible = false;
    this.frame.renderOrder = 5;
  }

  /** The planes to cut with: one or none. */
  planes(): Plane[] {
    return this.axis ? [this.plane] : [];
  }

  /** Where the cut stands along its axis, metres. */
  place(bounds: Box3): number {
    const axis = this.axis ?? "y";
    return bounds.min[axis] + (bounds.max[axis] - bounds.min[axis]) * this.share;
  }

  /** Put plane and frame in place for these bounds. */
  update(bounds: Box3): void {
    this.frame.visible = this.axis !== null && !bounds.isEmpty();
    if (!this.axis || bounds.isEmpty()) return;
    const at = this.place(bounds);
    const sign = this.flipped ? -1 : 1;
    this.plane.normal.set(...NORMALS[this.axis]).multiplyScalar(sign);
    this.plane.constant = at * sign;
    const size = bounds.getSize(new Vector3()).multiplyScalar(1.06);
    bounds.getCenter(this.frame.position);
    this.frame.position[this.axis] = at;
    this.frame.rotation.set(this.axis === "y" ? Math.PI / 2 : 0, this.axis === "x" ? Math.PI / 2 : 0, 0);
    this.frame.scale.set(this.axis === "x" ? size.z : size.x, this.axis === "y" ? size.z : size.y, 1);
  }
}
