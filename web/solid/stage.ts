/* A 3D picture that draws only when something changed: renderer, camera, orbit, sky, lights, flights, keyboard.

   Y is up (glTF). One unit is one metre. The sky is a gradient that follows the camera. */
import {
  AmbientLight, BackSide, Box3, Color, DirectionalLight, HemisphereLight, Mesh, PCFShadowMap, PerspectiveCamera, Scene, ShaderMaterial,
  SphereGeometry, Spherical, SRGBColorSpace, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { element } from "../shared/island";
import { project } from "./pick";

/** Colours of the sky from zenith to below the horizon, and of the light. */
export interface Look {
  zenith: string;
  horizon: string;
  below: string;
}

export const DAY: Look = { zenith: "#7fb2e8", horizon: "#eaf3fc", below: "#dfe7f0" };
export const NIGHT: Look = { zenith: "#04122b", horizon: "#1b3f74", below: "#0b1d3c" };

/** Whether this browser can draw in 3D. */
export function solid(): boolean {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

const SKY = {
  vertexShader: "varying vec3 way; void main() { way = normalize(position); vec4 p = projectionMatrix * mat4(mat3(modelViewMatrix)) * vec4(position, 1.0); gl_Position = p.xyww; }",
  fragmentShader: `uniform vec3 zenith; uniform vec3 horizon; uniform vec3 below; uniform vec3 sun; uniform vec3 glow; varying vec3 way;
    void main() {
      float up = normalize(way).y;
      vec3 shade = up > 0.0 ? mix(horizon, zenith, pow(clamp(up, 0.0, 1.0), 0.55)) : mix(horizon, below, clamp(-up * 5.0, 0.0, 1.0));
      float near = max(dot(normalize(way), sun), 0.0);
      shade += glow * (0.55 * pow(near, 350.0) + 0.22 * pow(near, 9.0));
      gl_FragColor = vec4(shade, 1.0);
      #include <colorspace_fragment>
    }`,
};

/** One picture in `box`. `draw()` asks for a frame; nothing is drawn otherwise. */
export class Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(45, 1, 0.1, 20000);
  readonly renderer: WebGLRenderer;
  readonly controls: OrbitControls;
  readonly sun = new DirectionalLight("#fff6e6", 2);
  /** Light that the surroundings throw back: walls away from the sun are not black. */
  readonly fill = new DirectionalLight("#dfe9fa", 1.2);
  readonly sky = new HemisphereLight("#e6f0ff", "#c9d0da", 1.6);
  readonly ambient = new AmbientLight("#ffffff", 0.35);
  readonly calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** Called before each frame. */
  before: (() => void)[] = [];
  private readonly dome: ShaderMaterial;
  private last = 0;
  private wanted = false;
  private flight: ((now: number) => boolean) | null = null;
  private readonly watcher: ResizeObserver;
  private gone = false;
  private margins: [number, number] = [0, 0];
  private free = 1;

  constructor(readonly box: HTMLElement, label: string, options: { shadows?: boolean; phone?: boolean } = {}) {
    this.renderer = new WebGLRenderer({ antialias: !options.phone, powerPreference: "high-performance", preserveDrawingBuffer: false, stencil: false });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, options.phone ? 1.5 : 2));
    this.renderer.localClippingEnabled = true;
    if (options.shadows) {
      this.renderer.shadowMap.enabled = true;
      this.renderer.shadowMap.type = PCFShadowMap;
      this.renderer.shadowMap.autoUpdate = false;
    }
    const canvas = this.renderer.domElement;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    box.append(canvas, element("span", { class: "solid-cross", "aria-hidden": "true" }));
    this.dome = new ShaderMaterial({
      ...SKY, side: BackSide, depthWrite: false, depthTest: false, fog: false,
      uniforms: { zenith: { value: new Color() }, horizon: { value: new Color() }, below: { value: new Color() }, sun: { value: new Vector3(0, -1, 0) }, glow: { value: new Color(0) } },
    });
    const sphere = new Mesh(new SphereGeometry(10, 24, 16), this.dome);
    sphere.frustumCulled = false;
    sphere.renderOrder = -1000;
    this.scene.add(sphere, this.sky, this.ambient, this.fill, this.sun, this.sun.target);
    this.sun.position.set(0.5, 1, 0.7);
    this.fill.position.set(-0.6, 0.35, -0.7);
    this.look(DAY);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = !this.calm;
    this.controls.dampingFactor = 0.12;
    this.controls.zoomToCursor = true;
    this.controls.addEventListener("change", () => this.draw());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.draw());
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(box);
    this.resize();
  }

  /** Colours of the sky. */
  look(look: Look): void {
    this.dome.uniforms["zenith"]!.value.set(look.zenith);
    this.dome.uniforms["horizon"]!.value.set(look.horizon);
    this.dome.uniforms["below"]!.value.set(look.below);
    this.draw();
  }

  /** Where the sun stands in the sky (unit vector) and the colour around it. */
  sunAt(direction: Vector3, glow: Color): void {
    this.dome.uniforms["sun"]!.value.copy(direction);
    this.dome.uniforms["glow"]!.value.copy(glow);
    this.draw();
  }

  /** Ask for a frame. */
  draw(): void {
    if (this.wanted || this.gone) return;
    this.wanted = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    this.wanted = false;
    if (this.gone) return;
    if (this.flight && !this.flight(now)) this.flight = null;
    this.controls.update(Math.min((now - this.last) / 1000, 0.1));
    this.last = now;
    for (const task of this.before) task();
    this.renderer.render(this.scene, this.camera);
    if (this.flight) this.draw();
  }

  private resize(): void {
    const width = Math.max(this.box.clientWidth, 1);
    const height = Math.max(this.box.clientHeight, 1);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.centre(...this.margins);
  }

  /** Pixels of what one looks at. */
  middle(): [number, number] | null {
    this.camera.updateMatrixWorld();
    return project(this.controls.target, this.camera, this.renderer.domElement);
  }

  /** Keep what one looks at in the middle of what panels (pixels at the left and right) leave free. */
  centre(left: number, right: number): void {
    this.margins = [left, right];
    const [width, height] = [Math.max(this.box.clientWidth, 1), Math.max(this.box.clientHeight, 1)];
    const shift = width - left - right > width * 0.3 ? (right - left) / 2 : 0;
    if (shift) this.camera.setViewOffset(width, height, shift, 0, width, height);
    else this.camera.clearViewOffset();
    const cross = this.box.querySelector<HTMLElement>(".solid-cross");
    if (cross) cross.style.left = `${Math.round(width / 2 - shift)}px`;
    this.free = shift || left === right ? (width - left - right) / width : 1;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  /** Move the camera to look at `target` from `position`; at once when motion is unwelcome. */
  fly(target: Vector3, position: Vector3, milliseconds = 700): void {
    if (this.calm || milliseconds <= 0) {
      this.controls.target.copy(target);
      this.camera.position.copy(position);
      this.controls.update();
      this.draw();
      return;
    }
    const [fromTarget, fromPosition, start] = [this.controls.target.clone(), this.camera.position.clone(), performance.now()];
    this.flight = (now) => {
      const part = Math.min(Math.max((now - start) / milliseconds, 0), 1);
      const eased = part * part * (3 - 2 * part);
      this.controls.target.lerpVectors(fromTarget, target, eased);
      this.camera.position.lerpVectors(fromPosition, position, eased);
      return part < 1;
    };
    this.draw();
  }

  /** Show the whole of `bounds`, looking from `direction` (or as now). */
  fit(bounds: Box3, direction?: Vector3, milliseconds = 700, room = 1.02): void {
    if (bounds.isEmpty()) return;
    const centre = bounds.getCenter(new Vector3());
    const way = (direction ?? this.camera.position.clone().sub(this.controls.target)).clone().normalize();
    if (way.lengthSq() < 0.5) way.set(0.6, 0.5, 0.8).normalize();
    // Distance at which every corner is inside the frustum.
    const right = new Vector3().crossVectors(Math.abs(way.y) > 0.999 ? new Vector3(0, 0, -1) : new Vector3(0, 1, 0), way).normalize();
    const up = new Vector3().crossVectors(way, right);
    const tan = Math.tan((this.camera.fov * Math.PI) / 360);
    let distance = 0.5;
    for (let corner = 0; corner < 8; corner++) {
      const at = new Vector3(corner & 1 ? bounds.max.x : bounds.min.x, corner & 2 ? bounds.max.y : bounds.min.y, corner & 4 ? bounds.max.z : bounds.min.z).sub(centre);
      const depth = at.dot(way);
      distance = Math.max(distance, depth + (Math.abs(at.dot(up)) * room) / tan, depth + (Math.abs(at.dot(right)) * room) / (tan * this.camera.aspect * this.free));
    }
    this.fly(centre, centre.clone().addScaledVector(way, distance), milliseconds);
  }

  /** Near and far planes for a scene of this radius around the target. */
  depth(radius: number): void {
    const distance = this.camera.position.distanceTo(this.controls.target);
    const near = Math.max((distance - radius * 1.5) * 0.5, distance / 400, 0.05);
    const far = distance + radius * 3;
    if (Math.abs(near - this.camera.near) > near * 0.2 || Math.abs(far - this.camera.far) > far * 0.1) {
      this.camera.near = near;
      this.camera.far = far;
      this.camera.updateProjectionMatrix();
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const turn = new Spherical().setFromVector3(this.camera.position.clone().sub(this.controls.target));
    const step = event.shiftKey ? 0 : Math.PI / 24;
    const move = event.shiftKey ? turn.radius * 0.06 : 0;
    const ahead = new Vector3().subVectors(this.controls.target, this.camera.position).setY(0).normalize();
    const side = new Vector3(-ahead.z, 0, ahead.x);
    const shift = new Vector3();
    if (event.key === "ArrowLeft") (turn.theta -= step), shift.addScaledVector(side, -move);
    else if (event.key === "ArrowRight") (turn.theta += step), shift.addScaledVector(side, move);
    else if (event.key === "ArrowUp") (turn.phi -= step), shift.addScaledVector(ahead, move);
    else if (event.key === "ArrowDown") (turn.phi += step), shift.addScaledVector(ahead, -move);
    else if (event.key === "+" || event.key === "=") turn.radius *= 0.85;
    else if (event.key === "-" || event.key === "_") turn.radius /= 0.85;
    else return;
    event.preventDefault();
    turn.phi = Math.min(Math.max(turn.phi, this.controls.minPolarAngle + 0.01), this.controls.maxPolarAngle - 0.01);
    const target = this.controls.target.clone().add(shift);
    this.fly(target, new Vector3().setFromSpherical(turn).add(target), 0);
  }

  /** What is shown now, as PNG. */
  picture(): Promise<Blob> {
    this.renderer.render(this.scene, this.camera);
    return new Promise((done, refuse) =>
      this.renderer.domElement.toBlob((blob) => (blob ? done(blob) : refuse(new Error("no picture"))), "image/png"),
    );
  }

  /** Free everything. */
  dispose(): void {
    this.gone = true;
    this.watcher.disconnect();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }
}
