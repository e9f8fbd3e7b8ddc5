/* A soft shadow under a model, so that it stands on something. */
import { type Box3, Mesh, PlaneGeometry, ShaderMaterial, Vector2, Vector3 } from "three";

/** The floor; `under` puts it below bounds. */
export class Floor extends Mesh<PlaneGeometry, ShaderMaterial> {
  constructor() {
    super(
      new PlaneGeometry(1, 1),
      new ShaderMaterial({
        transparent: true,
        depthWrite: false,
        uniforms: { halves: { value: new Vector2(1, 1) }, reach: { value: 10 }, dark: { value: 0.32 } },
        vertexShader: "varying vec2 place; void main() { place = position.xy; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
        fragmentShader: `varying vec2 place; uniform vec2 halves; uniform float reach; uniform float dark;
          void main() {
            vec2 at = place * (halves + reach) * 2.0;
            vec2 beyond = max(abs(at) - halves * 0.92, 0.0);
            float shade = 1.0 - smoothstep(0.0, reach, length(beyond));
            gl_FragColor = vec4(0.06, 0.12, 0.22, dark * shade * shade);
          }`,
      }),
    );
    this.rotation.x = -Math.PI / 2;
    this.renderOrder = -1;
  }

  under(bounds: Box3): void {
    this.visible = !bounds.isEmpty();
    if (!this.visible) return;
    const size = bounds.getSize(new Vector3());
    const reach = Math.max(size.y * 0.45, Math.min(size.x, size.z) * 0.18, 1);
    this.material.uniforms["halves"]!.value.set(size.x / 2, size.z / 2);
    this.material.uniforms["reach"]!.value = reach;
    bounds.getCenter(this.position);
    this.position.y = bounds.min.y - 0.03;
    this.scale.set(size.x + reach * 2, size.z + reach * 2, 1);
  }
}
