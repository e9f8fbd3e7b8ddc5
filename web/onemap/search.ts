/* The search box: places, codes, projects, coordinates; every hit is a button that flies there. */
import { element, getJson } from "../shared/island";
import type { Box } from "../shared/geometry";
import type { App } from "./app";

interface Hit {
  label: string;
  detail: string;
  kind: "point" | "region" | "record";
  key: string;
  id: number | string;
  url: string;
  box: Box | null;
}

interface Group {
  title: string;
  hits: Hit[];
  more?: string;
}

/** Make the form search while one types; `choose` shows a record's card. */
export function search(app: App, choose: (key: string, id: number, fly: boolean) => Promise<void>): void {
  const form = app.need<HTMLFormElement>(".om-search");
  const input = app.need<HTMLInputElement>("#om-q");
  const results = app.need(".om-hits");
  let asked = 0;
  let waiting = 0;
  const clear = (): void => {
    results.hidden = true;
    results.replaceChildren();
  };
  const go = async (hit: Hit): Promise<void> => {
    if (hit.kind === "record") {
      if (app.layer(hit.key) && !app.state.layers.has(hit.key)) app.state.layers.set(hit.key, 100);
      await choose(hit.key, Number(hit.id), true);
      return;
    }
    if (!hit.box) return app.say(`${hit.label}没有位置，不能在图上显示。`);
    app.fly(hit.box, hit.kind === "point" ? 16 : 15);
    if (hit.kind === "point") app.views().forEach((view) => view.mark({ type: "Point", coordinates: hit.box!.slice(0, 2) }));
    app.say(`已定位到${hit.label}。`);
    if (app.box.clientWidth < 760) clear();
  };
  const show = (groups: Group[], text: string): void => {
    results.replaceChildren();
    results.hidden = false;
    const count = groups.reduce((sum, group) => sum + group.hits.length, 0);
    if (!count) {
      results.append(element("p", { class: "om-empty" }, `没有找到“${text}”。可以换成地名、项目或设施的名称、代码，或“经度,纬度”。`));
      return app.say("没有找到结果。");
    }
    for (const group of groups) {
      const list = element("ul", { class: "om-hit-list" });
      for (const hit of group.hits) {
        const button = element("button", { type: "button", class: "om-hit" }, element("strong", {}, hit.label), element("span", {}, hit.detail));
        button.addEventListener("click", () => void go(hit).catch(() => app.say("暂时打不开这条结果，请稍后重试。")));
        list.append(element("li", {}, button));
      }
      results.append(element("h3", {}, group.title), list);
      if (group.more) results.append(element("a", { href: group.more, class: "om-more" }, `查看全部${group.title}`));
    }
    app.say(`找到 ${count} 条结果。`);
  };
  const ask = async (): Promise<void> => {
    const text = input.value.trim();
    if (text.length < 2) return clear();
    const turn = ++asked;
    try {
      const { groups } = await getJson<{ groups: Group[] }>(`${app.box.dataset["search"]}?q=${encodeURIComponent(text)}`);
      if (turn === asked) show(groups, text);
    } catch {
      app.say("搜索暂时没有响应，请稍后重试。");
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.clearTimeout(waiting);
    void ask().then(() => results.querySelector<HTMLElement>("button")?.focus());
  });
  input.addEventListener("input", (event) => {
    window.clearTimeout(waiting);
    if (event instanceof InputEvent && event.isComposing) return;
    waiting = window.setTimeout(() => void ask(), 300);
  });
  input.addEventListener("compositionend", () => void ask());
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || results.hidden) return;
    clear();
    input.focus();
    event.preventDefault();
  });
  results.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    const buttons = [...results.querySelectorAll<HTMLElement>("button, a")];
    buttons[buttons.indexOf(document.activeElement as HTMLElement) + step]?.focus();
    event.preventDefault();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !results.hidden) {
      results.querySelector<HTMLElement>("button")?.focus();
      event.preventDefault();
    }
  });
  app.need("[data-clear]").addEventListener("click", () => {
    input.value = "";
    clear();
    app.views().forEach((view) => view.mark(null));
    input.focus();
  });
}
