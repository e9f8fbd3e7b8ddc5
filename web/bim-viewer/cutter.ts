/* The tool that cuts the model: axis, place, side. */
import type { Box3 } from "three";
import { element } from "../shared/island";
import type { Axis, Section } from "../solid/section";
import { button, press } from "../solid/ui";

const AXES: [Axis, string][] = [["x", "左右"], ["y", "上下"], ["z", "前后"]];

/** Button and box of the tool; `told` gets what is cut ("y+1.30", empty for nothing) after each change. */
export function cutter(section: Section, whole: () => Box3, told: (text: string) => void): { button: HTMLButtonElement; box: HTMLElement } {
  const box = element("div", { class: "solid-pop", hidden: "" });
  const share = element("input", { type: "range", min: "0", max: "1", step: "0.005", value: "0.5", "aria-label": "剖切位置" });
  const reading = element("output");
  const axes = AXES.map(([axis, text]) => button("cut", text, () => set(section.axis === axis ? null : axis), { wide: true, toggle: true }));
  const update = (): void => {
    const bounds = whole();
    section.update(bounds);
    AXES.forEach(([axis], at) => press(axes[at]!, section.axis === axis));
    const at = section.place(bounds).toFixed(2);
    reading.textContent = section.axis ? `${at} 米` : "";
    told(section.axis ? `${section.axis}${section.flipped ? "-" : "+"}${at}` : "");
  };
  const set = (axis: Axis | null): void => {
    section.axis = axis;
    update();
  };
  share.addEventListener("input", () => {
    section.share = Number(share.value);
    update();
  });
  const flip = button("flip", "反向", () => {
    section.flipped = !section.flipped;
    update();
  }, { wide: true });
  box.append(element("div", { class: "solid-line", role: "group", "aria-label": "剖切方向" }, ...axes, flip), element("div", { class: "solid-line" }, share, reading));
  const toggle = button("cut", "剖切", () => {
    box.hidden = !box.hidden;
    press(toggle, !box.hidden);
    set(box.hidden ? null : (section.axis ?? "y"));
  }, { toggle: true });
  return { button: toggle, box };
}
