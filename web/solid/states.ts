/* What each element looks like now: normal, hidden, tinted, pale or chosen.

   A texture holds one texel per element; the shaders of every batch read it by the element's number, so thousands of elements
   change their looks without touching geometry or adding draw calls. */
import { DataTexture, type Material, NearestFilter, RGBAFormat, UnsignedByteType, type WebGLProgramParametersWithUniforms } from "three";

export const NORMAL = 0;
export const HIDDEN = 1;
export const TINTED = 2;
export const PALE = 3;

const WIDTH = 1024;

/** States of elements 0 … size − 1. */
export class States {
  readonly texture: DataTexture;
  readonly uniform: { value: DataTexture };
  readonly size: number;
  private readonly hiddenFlags: Uint8Array;
  private readonly tints: Uint32Array;
  private readonly data: Uint8Array<ArrayBuffer>;
  /** Elements without a tint are drawn pale: only the tinted ones matter now. */
  context = false;
  chosen = -1;
  /** 1: what is pale lets every second pixel through, so that one sees inside. */
  readonly sieve = { value: 0 };

  constructor(size: number) {
    const rows = Math.max(Math.ceil(size / WIDTH), 1);
    this.size = rows * WIDTH;
    this.hiddenFlags = new Uint8Array(this.size);
    this.tints = new Uint32Array(this.size);
    this.data = new Uint8Array(this.size * 4);
    this.texture = new DataTexture(this.data, WIDTH, rows, RGBAFormat, UnsignedByteType);
    this.texture.minFilter = this.texture.magFilter = NearestFilter;
    this.texture.needsUpdate = true;
    this.uniform = { value: this.texture };
  }

  hidden(index: number): boolean {
    return this.hiddenFlags[index] === 1;
  }

  hide(index: number, hidden: boolean): void {
    this.hiddenFlags[index] = hidden ? 1 : 0;
  }

  /** Colour an element (0xrrggbb), or null for its own colour. */
  tint(index: number, colour: number | null): void {
    this.tints[index] = colour === null ? 0 : 0x1000000 | colour;
  }

  clearTints(): void {
    this.tints.fill(0);
    this.context = false;
  }

  showAll(): void {
    this.hiddenFlags.fill(0);
  }

  /** How many of elements 0 … count − 1 are hidden. */
  countHidden(): number {
    let found = 0;
    for (const flag of this.hiddenFlags) found += flag;
    return found;
  }

  /** Bring the texture up to date; call once after a set of changes. */
  flush(): void {
    const { data, hiddenFlags, tints } = this;
    for (let index = 0, at = 0; index < this.size; index++, at += 4) {
      const tint = tints[index]!;
      data[at] = (tint >> 16) & 255;
      data[at + 1] = (tint >> 8) & 255;
      data[at + 2] = tint & 255;
      const mode = hiddenFlags[index] ? HIDDEN : tint ? TINTED : this.context ? PALE : NORMAL;
      data[at + 3] = mode + (index === this.chosen ? 8 : 0);
    }
    this.texture.needsUpdate = true;
  }

  /** Make a material obey the states. The geometry needs the attribute `element` (the element's number). */
  patch(material: Material, options: { line?: boolean; extraVertex?: string; extraFragment?: string; headVertex?: string; headFragment?: string; uniforms?: Record<string, { value: unknown }> } = {}): void {
    material.onBeforeCompile = (shader: WebGLProgramParametersWithUniforms) => {
      shader.uniforms["states"] = this.uniform;
      Object.assign(shader.uniforms, options.uniforms ?? {});
      shader.vertexShader = `attribute float element; uniform highp sampler2D states; flat varying vec4 state;\n${options.headVertex ?? ""}\n${shader.vertexShader}`.replace(
        "#include <project_vertex>",
        `#include <project_vertex>
        { int number = int(element + 0.5); state = texelFetch(states, ivec2(number % ${WIDTH}, number / ${WIDTH}), 0); }
        ${options.extraVertex ?? ""}
        if ((int(state.a * 255.0 + 0.5) & 7) == ${HIDDEN}) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);`,
      );
      const paint = options.line
        ? `if ((marks & 7) == ${PALE}) diffuseColor.a *= 0.35;
           if (marks >= 8) diffuseColor = vec4(0.9, 0.45, 0.0, 1.0);`
        : `if ((marks & 7) == ${TINTED}) diffuseColor.rgb = mix(diffuseColor.rgb, pow(state.rgb, vec3(2.2)), 0.82);
           if (sieve > 0.5 && (marks & 7) == ${PALE} && ((int(gl_FragCoord.x) + int(gl_FragCoord.y)) & 1) == 0) discard;
           if ((marks & 7) == ${PALE}) diffuseColor.rgb = mix(vec3(dot(diffuseColor.rgb, vec3(0.3, 0.6, 0.1))), vec3(0.82, 0.85, 0.88), 0.8);
           if (marks >= 8) diffuseColor = vec4(mix(diffuseColor.rgb, vec3(1.0, 0.42, 0.02), 0.78), max(diffuseColor.a, 0.85));`;
      shader.fragmentShader = `flat varying vec4 state;\n${options.headFragment ?? ""}\n${shader.fragmentShader}`.replace(
        "#include <color_fragment>",
        `#include <color_fragment>
        int marks = int(state.a * 255.0 + 0.5);
        ${options.extraFragment ?? ""}
        ${paint}`,
      );
      if (!options.line) {
        shader.uniforms["cutting"] ??= { value: 0 };
        shader.uniforms["sieve"] = this.sieve;
        shader.fragmentShader = shader.fragmentShader
          .replace("void main() {", "uniform float cutting;\nuniform float sieve;\nvoid main() {")
          .replace("#include <dithering_fragment>", "#include <dithering_fragment>\nif (cutting > 0.5 && !gl_FrontFacing && diffuseColor.a > 0.9) gl_FragColor = vec4(0.22, 0.31, 0.44, 1.0);");
      }
    };
    material.customProgramCacheKey = () => `states:${options.line ? 1 : 0}:${options.extraVertex ?? ""}:${options.extraFragment ?? ""}`;
  }

  dispose(): void {
    this.texture.dispose();
  }
}
