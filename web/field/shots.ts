/* The row of photos of a report or a task: what is needed, what was taken, take another, take one away. */
import { element } from "../shared/island";
import { ROLE_WORDS, shoot } from "./camera";
import { listen } from "./place";
import { state } from "./sync";
import type { Role, Shot } from "./types";
import { clock, toast } from "./ui";

/** A row for `roles`; `shots` is changed in place and `changed` called after every change. */
export function shotRow(roles: Role[], shots: Shot[], changed: () => void): HTMLElement {
  const row = element("div", { class: "shots" });
  const show = (): void => {
    row.replaceChildren();
    for (const role of roles) {
      const have = shots.some((shot) => shot.role === role);
      const take = element("button", { type: "button", class: `shot-add${have ? " have" : ""}` }, element("span", { class: "shot-mark", "aria-hidden": "true" }, have ? "✓" : "+"), `拍${ROLE_WORDS[role]}`);
      take.addEventListener("click", () => void add(role));
      row.append(element("div", { class: "shot-role", "data-role": role }, take));
    }
    shots.forEach((shot, index) => {
      const url = URL.createObjectURL(shot.blob);
      const picture = element("img", { src: url, alt: `${ROLE_WORDS[shot.role]}照片，${clock(shot.at)}拍摄` });
      picture.addEventListener("load", () => URL.revokeObjectURL(url));
      const away = element("button", { type: "button", class: "shot-away", "aria-label": `删除${ROLE_WORDS[shot.role]}照片` }, "×");
      away.addEventListener("click", () => {
        shots.splice(index, 1);
        changed();
        show();
      });
      const figure = element("figure", { class: "shot" }, picture, element("figcaption", {}, ROLE_WORDS[shot.role]), away);
      (row.querySelector(`[data-role="${shot.role}"]`) ?? row).append(figure); // beside the button that took it
    });
  };
  const add = async (role: Role): Promise<void> => {
    if (shots.length >= (state.me?.limits["photo_most"] ?? 6)) {
      toast("照片已满，请先删去一张。", "warn");
      return;
    }
    const stop = listen(() => undefined); // a picture wants a place
    const shot = await shoot(role);
    stop();
    if (!shot) return;
    shots.push(shot);
    changed();
    show();
  };
  show();
  return row;
}
