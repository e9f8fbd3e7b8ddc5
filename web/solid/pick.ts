/* Which element is under the pointer, and where: hidden and cut-away elements do not count. */
import { type Camera, type Mesh, type Plane, Raycaster, Vector2, Vector3 } from "three";
import type { States } from "./states";

/** A hit: the element's number, the place, and the corners of the triangle that was hit. */
export interface Hit {
  element: number;
  point: Vector3;
  corners: Vector3[];
  mesh: Mesh;
}

const ray = new Raycaster();

/** The first visible element at `x, y` (pixels from the picture's top left corner); null for nothing. */
export function pick(x: number, y: number, canvas: HTMLCanvasElement, camera: Camera, meshes: Mesh[], states: States, planes: Plane[] = []): Hit | null {
  ray.setFromCamera(new Vector2((x / canvas.clientWidth) * 2 - 1, 1 - (y / canvas.clientHeight) * 2), camera);
  for (const hit of ray.intersectObjects(meshes, false)) {
    const mesh = hit.object as Mesh;
    const owners = mesh.geometry.getAttribute("element");
    if (!owners || !hit.face) continue;
    const element = owners.getX(hit.face.a);
    if (states.hidden(element) || planes.some((plane) => plane.distanceToPoint(hit.point) < 0)) continue;
    const position = mesh.geometry.getAttribute("position");
    const corners = [hit.face.a, hit.face.b, hit.face.c].map((at) => mesh.localToWorld(new Vector3().fromBufferAttribute(position, at)));
    return { element, point: hit.point, corners, mesh };
  }
  return null;
}

/** Pixels of a place in the picture; null behind the camera. */
export function project(point: Vector3, camera: Camera, canvas: HTMLCanvasElement): [number, number] | null {
  const at = point.clone().project(camera);
  if (at.z > 1 || at.z < -1) return null;
  return [((at.x + 1) / 2) * canvas.clientWidth, ((1 - at.y) / 2) * canvas.clientHeight];
}

/** The corner of the hit triangle within `reach` pixels of the pointer, else the hit itself. */
export function snap(hit: Hit, x: number, y: number, camera: Camera, canvas: HTMLCanvasElement, reach = 14): { point: Vector3; snapped: boolean } {
  let best = reach;
  let found: Vector3 | null = null;
  for (const corner of hit.corners) {
    const at = project(corner, camera, canvas);
    const far = at ? Math.hypot(at[0] - x, at[1] - y) : Infinity;
    if (far < best) (best = far), (found = corner);
  }
  return { point: found ?? hit.point, snapped: found !== null };
}

/** Call `press` for clicks and taps that are no drags, and with `middle` (pixels) when Enter is pressed on the picture. */
export function presses(canvas: HTMLCanvasElement, press: (x: number, y: number) => void, middle: () => [number, number] | null): void {
  canvas.addEventListener("keydown", (event) => {
    const at = event.key === "Enter" ? middle() : null;
    if (!at) return;
    event.preventDefault();
    press(...at);
  });
  let down: [number, number, number] | null = null;
  canvas.addEventListener("pointerdown", (event) => {
    down = event.isPrimary && event.button === 0 ? [event.clientX, event.clientY, performance.now()] : null;
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!down || !event.isPrimary) return;
    const moved = Math.hypot(event.clientX - down[0], event.clientY - down[1]);
    const held = performance.now() - down[2];
    down = null;
    const place = canvas.getBoundingClientRect();
    if (moved < (event.pointerType === "touch" ? 12 : 5) && held < 1500) press(event.clientX - place.left, event.clientY - place.top);
  });
}
