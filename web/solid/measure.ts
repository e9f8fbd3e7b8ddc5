/* Distance between two places, with its horizontal and vertical parts. */
import { BufferGeometry, Group, Line, LineBasicMaterial, Points, PointsMaterial, Vector3 } from "three";
import { element } from "../shared/island";
import { project } from "./pick";
import type { Stage } from "./stage";

/** The tape: first and second place, then it starts anew. */
export class Measure {
  active = false;
  private readonly places: Vector3[] = [];
  private readonly group = new Group();
  private readonly dots = new Points(new BufferGeometry(), new PointsMaterial({ color: "#c8161d", size: 9, sizeAttenuation: false, depthTest: false }));
  private readonly line = new Line(new BufferGeometry(), new LineBasicMaterial({ color: "#c8161d", depthTest: false }));
  private readonly label = element("output", { class: "solid-tape", "aria-live": "polite" });

  constructor(private readonly stage: Stage, private readonly told: (metres: number | null) => void) {
    this.group.renderOrder = 20;
    this.dots.renderOrder = this.line.renderOrder = 20;
    this.group.add(this.line, this.dots);
    stage.scene.add(this.group);
    stage.box.append(this.label);
    this.label.hidden = true;
    stage.before.push(() => this.place());
  }

  /** Switch on or off; switching clears. */
  use(active: boolean): void {
    this.active = active;
    this.places.length = 0;
    this.show();
  }

  /** One more place, in world metres. */
  add(point: Vector3): void {
    if (this.places.length === 2) this.places.length = 0;
    this.places.push(point.clone());
    this.show();
  }

  private show(): void {
    this.dots.geometry.dispose();
    this.line.geometry.dispose();
    this.dots.geometry = new BufferGeometry().setFromPoints(this.places);
    this.line.geometry = new BufferGeometry().setFromPoints(this.places);
    const [a, b] = this.places;
    this.label.hidden = !b;
    if (a && b) {
      const whole = a.distanceTo(b);
      this.label.replaceChildren(element("strong", {}, `${metres(whole)} 米`), `水平 ${metres(Math.hypot(b.x - a.x, b.z - a.z))}　高差 ${metres(Math.abs(b.y - a.y))}`);
      this.told(whole);
    } else {
      this.told(null);
    }
    this.stage.draw();
  }

  private place(): void {
    const [a, b] = this.places;
    if (!a || !b) return;
    const at = project(a.clone().lerp(b, 0.5), this.stage.camera, this.stage.renderer.domElement);
    this.label.style.visibility = at ? "visible" : "hidden";
    if (at) this.label.style.transform = `translate(${Math.round(at[0])}px, ${Math.round(at[1])}px) translate(-50%, -130%)`;
  }
}

function metres(value: number): string {
  return value.toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 3 });
}
