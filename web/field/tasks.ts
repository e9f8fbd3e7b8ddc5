/* 核实, 核查 and disposal: what to do, where, until when; photos and an opinion; done without a network too. */
import { element } from "../shared/island";
import { get, Offline } from "./api";
import { ROLE_WORDS } from "./camera";
import { keepPictures, showPicture } from "./pictures";
import { here, metres } from "./place";
import { shotRow } from "./shots";
import { sketch, way } from "./sketch";
import * as store from "./store";
import { enqueue, state } from "./sync";
import type { Role, Shot, Task } from "./types";
import { button, clock, key, sheet, toast } from "./ui";

const KINDS: Record<Task["node"], string> = { verify: "核实", check: "核查", handle: "处置" };
const ROLES: Record<Task["node"], Role[]> = { verify: ["check"], check: ["check"], handle: ["before", "after"] };
// Outcomes that say “not mine” need no photos of the work.
const WITHOUT_PHOTOS = new Set(["back", "return"]);
// What says no says why.
const REASONED = new Set(["back", "return", "false", "fail"]);

let tasks: Task[] = [];

/** Load the open tasks; returns how many there are. */
export async function loadTasks(): Promise<number> {
  const name = `tasks:${state.me?.account}`;
  try {
    tasks = (await get<{ items: Task[] }>("tasks")).items;
    await store.keep(name, tasks);
    void keepPictures(tasks).catch((error: unknown) => console.warn(error)); // a full device keeps what it can
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    tasks = (await store.read<Task[]>(name)) ?? [];
  }
  return tasks.length;
}

/** Draw the screen. */
export async function tasksView(box: HTMLElement): Promise<() => void> {
  const list = element("ul", { class: "list" });
  box.replaceChildren(element("div", { class: "row" }, button("刷新", "", () => void load())), list);
  const show = async (): Promise<void> => {
    const unsent = new Set((await store.queued()).filter((item) => item.kind === "task" && !item.refused).map((item) => item.data["task"]));
    const shown = tasks.filter((task) => !unsent.has(task.id));
    list.replaceChildren(...shown.map((task) => element("li", {}, card(task, show))));
    if (!shown.length) list.append(element("li", { class: "empty" }, unsent.size ? `${unsent.size} 项已办，等待上传。` : "没有待办任务。"));
  };
  const load = async (): Promise<void> => {
    await loadTasks().catch((error: unknown) => toast(error instanceof Error ? error.message : "没有读到任务。", "error"));
    await show();
  };
  const sent = (): void => void load();
  document.addEventListener("field:sent", sent);
  document.addEventListener("field:refused", sent);
  await load();
  return () => {
    document.removeEventListener("field:sent", sent);
    document.removeEventListener("field:refused", sent);
  };
}

function card(task: Task, done: () => Promise<void>): HTMLElement {
  const fix = here();
  const away = fix ? ` · ${way(fix, task, metres(fix, task))}` : "";
  const made = element(
    "button", { type: "button", class: `task light-${task.light || "none"}` },
    element("span", { class: `kind kind-${task.node}` }, KINDS[task.node]),
    element("strong", {}, task.urgent ? `紧急 ${task.class_name}` : task.class_name),
    element("span", {}, task.address || task.description),
    element("small", {}, `${task.due ? `${clock(task.due)}前` : "没有时限"}${away}`),
  );
  made.addEventListener("click", () => void openTask(task, done));
  return made;
}

async function openTask(task: Task, done: () => Promise<void>): Promise<void> {
  const name = `task:${state.me?.account}:${task.id}`;
  const kept = await store.read<{ shots: Shot[]; text: string }>(name);
  const shots = [...(kept?.shots ?? [])];
  const words = element("textarea", { id: "task-text", rows: "3", maxlength: "300", placeholder: task.node === "handle" ? "怎样处置的" : "现场情况" });
  words.value = kept?.text ?? "";
  const save = (): void => void store.keep(name, { shots, text: words.value });
  words.addEventListener("input", save);
  const facts = element("dl", { class: "facts" });
  for (const [label, value] of [["编号", task.number], ["类别", task.class_name], ["描述", task.description], ["地址", task.address], ["结案条件", task.closing], ["时限", task.due ? `${clock(task.due)}前` : ""]] as const) {
    if (value) facts.append(element("dt", {}, label), element("dd", {}, value));
  }
  const pictures = element("div", { class: "shots" });
  for (const photo of task.photos) {
    const image = element("img", { alt: `${photo.label}照片` });
    void showPicture(image, photo.url, () => image.replaceWith(element("span", { class: "off-line" }, "联网后显示")));
    pictures.append(element("figure", { class: "shot" }, image, element("figcaption", {}, `${photo.label}${photo.at ? ` ${clock(photo.at)}` : ""}`)));
  }
  const where = task.around ? [sketch(task.around, task, here())] : [];
  const outcomes = element("div", { class: "pair outcomes" });
  const { close } = sheet(
    `${KINDS[task.node]}：${task.class_name}`, element("section", { class: "card" }, facts, pictures, ...where),
    element("section", { class: "card" }, element("h2", {}, "现场照片"), shotRow(ROLES[task.node], shots, save)),
    element("section", { class: "card" }, element("label", { for: "task-text" }, "说明"), words), outcomes,
  );
  task.outcomes.forEach(([code, label], index) => {
    outcomes.append(button(label, index === 0 ? "primary" : "danger", () => void finish(code, label)));
  });

  async function finish(code: string, label: string): Promise<void> {
    const missing = WITHOUT_PHOTOS.has(code) ? [] : ROLES[task.node].filter((role) => !shots.some((shot) => shot.role === role));
    if (missing.length) {
      toast(`请先拍${missing.map((role) => ROLE_WORDS[role]).join("、")}照片。`, "error");
      return;
    }
    if (REASONED.has(code) && !words.value.trim()) {
      toast("请写明原因。", "error");
      words.focus();
      return;
    }
    const fix = here();
    await enqueue({
      key: key(), kind: "task", path: `tasks/${task.id}`, title: `${KINDS[task.node]} ${task.class_name} ${label}`, shots,
      data: { task: task.id, outcome: code, opinion: words.value.trim(), at: Date.now(), lon: fix?.lon ?? null, lat: fix?.lat ?? null },
    });
    await store.forget(name);
    close();
    toast(state.line === "online" ? "已保存，正在上传。" : "已保存在本机，联网后自动上传。");
    await done();
  }
}
