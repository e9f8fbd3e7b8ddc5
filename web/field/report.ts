/* Reporting what is wrong: photos, place, class, a few words. The draft is kept with every change. */
import { element } from "../shared/island";
import { get, Offline } from "./api";
import { ROLE_WORDS } from "./camera";
import { reportedSheet } from "./inbox";
import { className, pickClass } from "./picker";
import { here, listen, locating } from "./place";
import { shotRow } from "./shots";
import * as store from "./store";
import { enqueue, state } from "./sync";
import type { Component, Fix, Role, Shot } from "./types";
import { button, key, toast } from "./ui";

interface Draft {
  kind: string;
  code: string;
  component: string;
  text: string;
  urgent: boolean;
  handled: boolean;
  fix: Fix | null;
  address: string;
  grid: string;
  shots: Shot[];
}

const EMPTY: Draft = { kind: "", code: "", component: "", text: "", urgent: false, handled: false, fix: null, address: "", grid: "", shots: [] };
let near: Component[] = [];

/** Draw the screen; returns what to do when it is left. */
export async function reportView(box: HTMLElement): Promise<() => void> {
  const name = `draft:${state.me?.account}`;
  const draft: Draft = { ...EMPTY, ...(await store.read<Draft>(name)), shots: [...((await store.read<Draft>(name))?.shots ?? [])] };
  const save = (): void => void store.keep(name, draft);

  const roles = (): Role[] => (draft.handled ? ["wide", "close", "after"] : ["wide", "close"]);
  const pictures = element("div", {}, shotRow(roles(), draft.shots, save));
  const place = element("p", { class: "place", role: "status" });
  const things = element("div", { class: "chips", role: "group", "aria-label": "附近部件" });
  const type = button("", "wide pick-class", () => void pickClass((kind, code) => {
    Object.assign(draft, { kind, code, component: "" });
    save();
    showClass();
    showThings();
  }));
  const words = element("textarea", { id: "report-text", rows: "3", maxlength: "500", placeholder: "例如：人行道井盖缺失，已围挡" });
  words.value = draft.text;
  words.addEventListener("input", () => {
    draft.text = words.value;
    save();
  });

  const showPlace = (): void => {
    const fix = draft.fix;
    place.textContent = fix
      ? `${draft.address || `${fix.lon.toFixed(6)}，${fix.lat.toFixed(6)}`}（误差${Math.round(fix.accuracy)}米${draft.grid ? `，网格${draft.grid}` : ""}）`
      : locating() || "正在定位…";
    place.classList.toggle("missing", !fix);
  };
  const showClass = (): void => {
    type.textContent = draft.code ? `${className(draft.kind, draft.code)}（${draft.kind === "event" ? "事件" : "部件"}${draft.code}）` : "选择问题类别";
    type.classList.toggle("chosen", Boolean(draft.code));
  };
  const showThings = (): void => {
    things.replaceChildren(
      ...near.slice(0, 6).map((thing) => {
        const chip = button(`${thing.class_name} ${thing.metres < 10 ? thing.metres.toFixed(1) : Math.round(thing.metres)}米`, "chip", () => {
          const off = draft.component === thing.code;
          Object.assign(draft, off ? { component: "" } : { kind: "component", code: thing.class_code, component: thing.code });
          save();
          showClass();
          showThings();
        });
        chip.setAttribute("aria-pressed", String(draft.component === thing.code));
        return chip;
      }),
    );
  };
  const locate = async (fix: Fix): Promise<void> => {
    Object.assign(draft, { fix, address: "", grid: "" });
    save();
    showPlace();
    try {
      const found = await get<{ address: string; grid: string; components: Component[] }>(`near?lon=${fix.lon}&lat=${fix.lat}`);
      Object.assign(draft, { address: found.address, grid: found.grid });
      near = found.components;
      save();
    } catch (error) {
      if (!(error instanceof Offline)) console.warn(error); // the place itself is enough; the platform finds the rest
    }
    showPlace();
    showThings();
  };
  // The place is where the first good position was, unless the person asks again: reporting takes a minute of walking on.
  let wanted = !draft.fix;
  const stop = listen((fix) => {
    if (wanted && fix.accuracy <= (state.me?.limits["track_accuracy"] ?? 50)) {
      wanted = false;
      void locate(fix);
    }
  });
  const again = button("重新定位", "", () => {
    draft.fix = null;
    wanted = true;
    showPlace();
    const fix = here();
    if (fix && fix.accuracy <= (state.me?.limits["track_accuracy"] ?? 50)) {
      wanted = false;
      void locate(fix);
    }
  });
  const timer = setInterval(showPlace, 2_000);

  box.replaceChildren(
    element("section", { class: "card" }, element("h2", {}, "照片"), pictures),
    element("section", { class: "card" }, element("h2", {}, "位置"), place, again, things),
    element("section", { class: "card" }, element("h2", {}, "问题"), type, element("label", { for: "report-text" }, "描述"), words, tick("紧急（危及安全）", "urgent"), tick("已当场处理好", "handled")),
    button("我的上报记录", "wide", () => void reportedSheet().catch((error: unknown) => toast(error instanceof Error ? error.message : "没有读到。", "error"))),
    element("div", { class: "act" }, button("提交上报", "primary wide", () => void submit())),
  );
  showPlace();
  showClass();
  showThings();
  if (draft.fix) void locate(draft.fix);

  function tick(text: string, field: "urgent" | "handled"): HTMLElement {
    const input = element("input", { type: "checkbox" });
    input.checked = draft[field];
    input.addEventListener("change", () => {
      draft[field] = input.checked;
      if (field === "handled") pictures.replaceChildren(shotRow(roles(), draft.shots, save)); // what is put right is shown put right
      save();
    });
    return element("label", { class: "tick" }, input, text);
  }

  async function submit(): Promise<void> {
    const missing = [
      ...roles().filter((role) => !draft.shots.some((shot) => shot.role === role)).map((role) => `${ROLE_WORDS[role]}照片`),
      ...(draft.fix ? [] : ["位置"]),
      ...(draft.code ? [] : ["问题类别"]),
    ];
    if (missing.length) {
      toast(`还缺${missing.join("、")}。`, "error");
      return;
    }
    const fix = draft.fix!;
    const title = `${className(draft.kind, draft.code)} ${draft.address || draft.text}`.trim();
    await enqueue({
      key: key(), kind: "report", path: "report", title, shots: draft.shots,
      data: {
        kind: draft.kind, class_code: draft.code, component_code: draft.component, description: draft.text || className(draft.kind, draft.code),
        address: draft.address, lon: fix.lon, lat: fix.lat, accuracy: fix.accuracy, urgent: draft.urgent, self_handled: draft.handled, at: Date.now(),
      },
    });
    await store.forget(name);
    near = [];
    toast(state.line === "online" ? "已保存，正在上传。" : "已保存在本机，联网后自动上传。");
    leave();
    leave = await reportView(box);
    box.querySelector<HTMLElement>("button")?.focus();
  }

  let leave = (): void => {
    stop();
    clearInterval(timer);
  };
  return () => leave();
}
