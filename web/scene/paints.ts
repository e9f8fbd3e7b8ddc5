/* Materials of the city: façades with storeys and windows that glow at night, ground with a fine grid, pipes, flat layers. */
import { Color, DoubleSide, LineBasicMaterial, MeshDepthMaterial, MeshLambertMaterial, RGBADepthPacking } from "three";
import type { States } from "../solid/states";

export class CityPaints {
  readonly night = { value: 0 };
  readonly building: MeshLambertMaterial;
  readonly edges: LineBasicMaterial;
  readonly ground: MeshLambertMaterial;
  readonly pipe: MeshLambertMaterial;
  readonly flat: MeshLambertMaterial;
  /** Shadows of what is not hidden. */
  readonly shadow = new MeshDepthMaterial({ depthPacking: RGBADepthPacking, side: DoubleSide });

  constructor(states: States) {
    this.building = new MeshLambertMaterial({ color: "#e9eef5", shadowSide: DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
    states.patch(this.building, {
      headVertex: "attribute vec2 face; varying vec2 vFace;",
      extraVertex: "vFace = face;",
      headFragment: "varying vec2 vFace; uniform float night; float chance(vec2 p) { return fract(sin(dot(p, vec2(12.9898, 78.233))) * 43758.5453); }",
      extraFragment: `
        float pane = 0.0;
        if (vFace.x >= 0.0) {
          float blur = max(fwidth(vFace.y), fwidth(vFace.x));
          float fade = 1.0 - smoothstep(0.5, 1.6, blur);
          vec2 cell = vec2(vFace.x / 3.6, vFace.y / 3.3);
          vec2 off = abs(fract(cell) - 0.5);
          pane = (1.0 - smoothstep(0.27, 0.27 + blur * 0.4 + 0.02, off.x)) * (1.0 - smoothstep(0.25, 0.25 + blur * 0.4 + 0.02, off.y));
          diffuseColor.rgb *= mix(1.0, 0.74, pane * fade) * mix(0.74, 1.0, smoothstep(0.0, 12.0, vFace.y));
          diffuseColor.rgb = mix(diffuseColor.rgb, diffuseColor.rgb * vec3(0.86, 0.95, 1.06), pane * fade);
          float lit = step(0.52, chance(floor(cell) + floor(state.a * 7.0)));
          totalEmissiveRadiance += night * mix(0.10, lit * pane, fade) * vec3(1.0, 0.74, 0.36) * 0.8;
        }`,
      uniforms: { night: this.night },
    });
    this.edges = new LineBasicMaterial({ color: "#5f7796", transparent: true, opacity: 0.5 });
    states.patch(this.edges, { line: true });
    states.patch(this.shadow, { line: true });
    this.pipe = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide });
    states.patch(this.pipe, {});
    this.flat = new MeshLambertMaterial({ vertexColors: true, polygonOffset: true, polygonOffsetFactor: -2, polygonOffsetUnits: -2, side: DoubleSide });
    states.patch(this.flat, {});
    this.ground = new MeshLambertMaterial({ color: "#e8ecf2", transparent: true });
    this.ground.onBeforeCompile = (shader) => {
      shader.vertexShader = `varying vec2 vPlace;\n${shader.vertexShader}`.replace("#include <project_vertex>", "#include <project_vertex>\nvPlace = (modelMatrix * vec4(transformed, 1.0)).xz;");
      shader.fragmentShader = `varying vec2 vPlace;\n${shader.fragmentShader}`.replace(
        "#include <color_fragment>",
        `#include <color_fragment>
        vec2 cell = abs(fract(vPlace / 100.0 - 0.5) - 0.5) * 100.0;
        vec2 wide = fwidth(vPlace) * 0.9 + 0.12;
        float grid = max(1.0 - smoothstep(wide.x * 0.5, wide.x * 1.5, cell.x), 1.0 - smoothstep(wide.y * 0.5, wide.y * 1.5, cell.y));
        diffuseColor.rgb *= 1.0 - 0.09 * grid * (1.0 - smoothstep(3.0, 12.0, max(wide.x, wide.y)));`,
      );
    };
  }

  /** Daylight 0 (night) … 1 and light or dark look. */
  dress(daylight: number, dark: boolean): void {
    this.night.value = 1 - daylight;
    this.building.color.set(dark ? "#a9bfdd" : "#eef2f7");
    this.ground.color.copy(new Color(dark ? "#3a5580" : "#e8ecf2"));
    this.flat.color.set(dark ? "#6f86ab" : "#ffffff");
    this.edges.color.set(dark ? "#0b2246" : "#5f7796");
  }

  /** Buildings as ghosts, so that what is below and inside shows. */
  ghost(on: boolean): void {
    this.building.transparent = on;
    this.building.opacity = on ? 0.16 : 1;
    this.building.depthWrite = !on;
    this.edges.opacity = on ? 0.22 : 0.5;
    this.building.needsUpdate = true;
  }

  /** How much of the ground one sees: 1 whole, 0 nothing. */
  see(share: number): void {
    this.ground.opacity = share;
    this.ground.depthWrite = share > 0.99;
    this.flat.transparent = share < 0.99;
    this.flat.opacity = Math.max(share, 0.25);
    this.flat.depthWrite = share > 0.99;
    this.flat.needsUpdate = true;
  }
}
