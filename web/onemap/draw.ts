/* Drawing on the map by pointer, finger or keyboard: polygon, rectangle, circle, line. Enter adds the middle of the map. */
import type { Feature, FeatureCollection, Position } from "geojson";
import { circle, distance } from "../shared/geodesy";
import type { App, Mode } from "./app";
import type { Shape } from "./types";
import { EMPTY } from "./view";

export type Tool = "polygon" | "rectangle" | "circle" | "line";
type Point = [number, number];

const HINTS: Record<Tool, string> = {
  polygon: "依次点击各个顶点，双击或按“完成”结束；键盘：方向键移动地图，回车加点，Shift+回车完成，退格撤销，Esc 取消。",
  rectangle: "点击两个对角；键盘：方向键移动地图，回车确定一个角，Esc 取消。",
  circle: "先点击圆心，再点击圆上一点；键盘：方向键移动地图，回车确定，Esc 取消。",
  line: "依次点击各个点，双击或按“完成”结束；键盘：方向键移动地图，回车加点，Shift+回车完成，退格撤销，Esc 取消。",
};
const POINTS_MOST = 200;

/** What a finished drawing is: the points that were set. */
export type Done = (points: Point[]) => void;

export class Drawing implements Mode {
  points: Point[] = [];
  private last = 0;

  constructor(
    private readonly app: App,
    private readonly tool: Tool,
    private readonly done: Done,
    private readonly changed: (points: Point[]) => void = () => {},
  ) {
    app.say(HINTS[tool]);
    app.draw(EMPTY);
  }

  click(point: Point): void {
    const before = this.points.at(-1);
    const now = performance.now();
    // The second click of a double click ends the drawing; it is no new point.
    if (before && now - this.last < 350 && this.near(before, point)) return this.finish();
    this.last = now;
    if (this.points.length >= POINTS_MOST) return this.app.say(`最多 ${POINTS_MOST} 个点，请按“完成”结束。`);
    this.points.push(point);
    this.changed(this.points);
    this.show(null);
    if ((this.tool === "rectangle" || this.tool === "circle") && this.points.length === 2) this.finish();
  }

  move(point: Point): void {
    this.show(point);
  }

  undo(): void {
    this.points.pop();
    this.changed(this.points);
    this.show(null);
    this.app.say(this.points.length ? `还有 ${this.points.length} 个点。` : "已撤销全部点。");
  }

  finish(): void {
    const least = this.tool === "polygon" ? 3 : 2;
    if (this.points.length < least) return this.app.say(`至少需要 ${least} 个点，请继续点击。`);
    const points = this.points;
    this.app.enter(null);
    this.done(points);
  }

  leave(): void {
    this.app.draw(EMPTY);
  }

  private near(a: Point, b: Point): boolean {
    const [p, q] = [this.app.view.map.project(a), this.app.view.map.project(b)];
    return Math.hypot(p.x - q.x, p.y - q.y) < 8;
  }

  private show(end: Point | null): void {
    const points = end && this.points.length ? [...this.points, end] : this.points;
    this.app.draw(sketch(this.tool, points));
  }
}

/** The drawing so far as features: its shape and its points. */
export function sketch(tool: Tool, points: Point[]): FeatureCollection {
  const features: Feature[] = points.map((point) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } }));
  const line = (coordinates: Position[]): Feature => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } });
  const ring = (coordinates: Position[]): Feature => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [coordinates] } });
  if (tool === "polygon" && points.length > 2) features.unshift(ring([...points, points[0]!]));
  else if (tool === "rectangle" && points.length > 1) features.unshift(ring(corners(points[0]!, points[1]!)));
  else if (tool === "circle" && points.length > 1) features.unshift(ring(circle(points[0]!, distance(points[0]!, points[1]!))));
  else if (points.length > 1) features.unshift(line(points));
  return { type: "FeatureCollection", features };
}

function corners(a: Point, b: Point): Point[] {
  return [a, [b[0], a[1]], b, [a[0], b[1]], a];
}

/** The finished shape of a statistics drawing; null for a line. */
export function shapeOf(tool: Tool, points: Point[]): Shape | null {
  if (tool === "circle") return { kind: "circle", centre: points[0]!, radius: Math.round(distance(points[0]!, points[1]!) * 10) / 10 };
  if (tool === "rectangle") return { kind: "polygon", points: corners(points[0]!, points[1]!).slice(0, 4) };
  return tool === "polygon" ? { kind: "polygon", points } : null;
}

/** Give clicks, moves and keys of every canvas to the running mode. */
export function listen(app: App, view = app.view): void {
  const canvas = view.map.getCanvas();
  view.map.on("click", (event) => app.mode?.click(event.lngLat.toArray() as Point));
  view.map.on("mousemove", (event) => {
    if (!app.mode) return;
    canvas.style.cursor = "crosshair";
    app.mode.move?.(event.lngLat.toArray() as Point);
  });
  canvas.addEventListener("keydown", (event) => {
    const mode = app.mode;
    if (!mode) return;
    if (event.key === "Enter" && event.shiftKey) mode.finish();
    else if (event.key === "Enter") mode.click(view.map.getCenter().toArray() as Point);
    else if (event.key === "Backspace") mode.undo();
    else if (event.key === "Escape") {
      app.enter(null);
      app.say("已取消。");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
