/* Names over buildings: the tallest near ones, never over each other. */
import type { Vector3 } from "three";
import { element } from "../shared/island";
import { project } from "../solid/pick";
import type { Stage } from "../solid/stage";

export interface Mark {
  name: string;
  at: Vector3;
  /** What counts more is named first: metres of height. */
  weight: number;
  strong?: boolean;
}

export class Labels {
  private readonly root = element("div", { class: "scene-labels", "aria-hidden": "true" });
  private marks: Mark[] = [];
  private readonly spans: HTMLSpanElement[] = [];

  constructor(private readonly stage: Stage, private readonly most: number) {
    stage.box.append(this.root);
    stage.before.push(() => this.place());
  }

  set(marks: Mark[]): void {
    this.marks = marks;
    this.stage.draw();
  }

  private place(): void {
    const { camera, controls, renderer } = this.stage;
    const canvas = renderer.domElement;
    const far = Math.max(camera.position.distanceTo(controls.target) * 1.6, 400);
    const near = this.marks.map((mark) => ({ mark, distance: mark.at.distanceTo(camera.position) })).filter((one) => one.distance < far);
    near.sort((a, b) => (b.mark.weight + (b.mark.strong ? 500 : 0)) / b.distance - (a.mark.weight + (a.mark.strong ? 500 : 0)) / a.distance);
    const taken: [number, number, number][] = [];
    let used = 0;
    camera.updateMatrixWorld();
    for (const { mark } of near.slice(0, 160)) {
      if (used >= this.most) break;
      const at = project(mark.at, camera, canvas);
      if (!at || at[0] < 0 || at[1] < 24 || at[0] > canvas.clientWidth || at[1] > canvas.clientHeight) continue;
      const half = mark.name.length * 7.5 + 10;
      if (taken.some(([x, y, other]) => Math.abs(x - at[0]) < half + other && Math.abs(y - at[1]) < 26)) continue;
      taken.push([at[0], at[1], half]);
      const span = (this.spans[used] ??= this.root.appendChild(element("span")));
      span.hidden = false;
      if (span.textContent !== mark.name) span.textContent = mark.name;
      span.classList.toggle("strong", Boolean(mark.strong));
      span.style.transform = `translate(${Math.round(at[0])}px, ${Math.round(at[1])}px) translate(-50%, -120%)`;
      used++;
    }
    for (const span of this.spans.slice(used)) span.hidden = true;
  }
}
