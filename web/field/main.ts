/* 城管采集终端: report, tasks, patrol, messages on one hand, with or without a network.

   <div id="field" data-island="field"></div> on a page of its own; everything else comes from the device's store and /collection/api/. */
import "./field.css";
import { element, islands } from "../shared/island";
import { signIn } from "./api";
import { inboxView, queueSheet } from "./inbox";
import { loadClasses } from "./picker";
import { patrolView, resume } from "./patrol";
import { reportView } from "./report";
import { count, flush, meet, onChange, state } from "./sync";
import { loadTasks, tasksView } from "./tasks";
import { button } from "./ui";

type View = (box: HTMLElement) => Promise<() => void>;

interface Tab {
  name: string;
  title: string;
  view: View;
  icon: string;
  allowed: () => boolean;
}

const TABS: Tab[] = [
  { name: "report", title: "上报", view: reportView, icon: "M12 5v14M5 12h14", allowed: () => state.me?.may.report ?? false },
  { name: "tasks", title: "任务", view: tasksView, icon: "M5 6h14M5 12h14M5 18h9", allowed: () => true },
  { name: "patrol", title: "巡查", view: patrolView, icon: "M12 21s7-6.5 7-11.5A7 7 0 0 0 5 9.500C5 14.500 12 21 12 21Z", allowed: () => state.me?.may.patrol ?? false },
  { name: "inbox", title: "消息", view: inboxView, icon: "M4 6h16v12H4zM4 7l8 6 8-6", allowed: () => true },
];

let leave: () => void = () => undefined;
let waitingTasks = 0;

islands("field", async (box) => {
  const status = element("button", { type: "button", class: "status" });
  status.addEventListener("click", () => void queueSheet());
  const main = element("main", { id: "main", tabindex: "-1" });
  const banner = element("div", { class: "banner", role: "alert" });
  const nav = element("nav", { class: "tabs", "aria-label": "功能" });
  box.replaceChildren(element("header", { class: "top" }, element("h1", {}, "城管采集"), status), banner, main, nav);

  const paint = (): void => {
    const line = state.sending ? "上传中" : state.line === "offline" ? "离线" : state.line === "signed_out" ? "未登录" : "在线";
    const waits = state.waiting + state.refused + state.others;
    status.textContent = waits ? `${line} · 待传 ${waits}` : line;
    status.dataset["line"] = state.refused ? "refused" : state.line;
    status.setAttribute("aria-label", `${status.textContent}，查看待上传内容`);
    if (state.line === "signed_out" && state.me) {
      if (!banner.childElementCount) banner.replaceChildren(element("p", {}, "登录已过期。未上传的内容保存在本机，重新登录后自动上传。"), button("重新登录", "primary wide", signIn));
    } else if (banner.childElementCount) {
      banner.replaceChildren();
    }
    for (const [name, number] of [["tasks", waitingTasks], ["inbox", state.me?.unread ?? 0]] as const) {
      const badge = nav.querySelector<HTMLElement>(`[data-tab="${name}"] .badge`);
      if (badge) {
        badge.textContent = number > 99 ? "99+" : String(number);
        badge.hidden = number === 0;
      }
    }
  };
  onChange(paint);

  const go = async (): Promise<void> => {
    const tabs = TABS.filter((tab) => tab.allowed());
    const tab = tabs.find((one) => one.name === location.hash.slice(1)) ?? tabs[0]!;
    nav.replaceChildren(...tabs.map((one) => link(one, one === tab)));
    leave();
    leave = () => undefined;
    main.replaceChildren(element("p", { class: "empty" }, "正在打开…"));
    paint();
    leave = await tab.view(main);
    main.dataset["view"] = tab.name;
    box.dataset["ready"] = tab.name;
  };

  await meet();
  if (!state.me?.account) {
    if (state.line === "signed_out") {
      main.replaceChildren(element("section", { class: "card" }, element("h2", {}, "请登录"), element("p", {}, "用平台账号登录后使用。未上传的内容保存在本机。"), button("登录", "primary wide", signIn)));
    } else {
      main.replaceChildren(element("section", { class: "card" }, element("h2", {}, "没有网络"), element("p", {}, "首次使用需要联网登录一次，以后可以离线使用。"), button("重试", "primary wide", () => location.reload())));
    }
    box.dataset["ready"] = "out";
    return;
  }
  if (!state.me.may.use) {
    main.replaceChildren(element("section", { class: "card" }, element("h2", {}, "当前岗位不使用采集终端"), element("p", {}, "请切换到监督员或处置岗位；没有这些岗位的，请联系本单位安全管理员授权。"), element("a", { class: "btn wide", href: "/" }, "回到平台")));
    box.dataset["ready"] = "out";
    return;
  }
  await resume();
  window.addEventListener("hashchange", () => void go());
  window.addEventListener("online", () => void flush());
  window.addEventListener("offline", () => {
    state.line = "offline";
    paint();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void flush();
  });
  setInterval(() => void flush(), 30_000);
  await go();
  void flush();
  void loadClasses().catch(() => undefined);
  loadTasks().then((number) => { waitingTasks = number; paint(); }).catch(() => undefined);
  document.addEventListener("field:sent", () => void loadTasks().then((number) => { waitingTasks = number; return count(); }).catch(() => undefined));
  void navigator.storage?.persist?.();
  if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/collection/app/sw.js", { scope: "/collection/app/" });
});

function link(tab: Tab, here: boolean): HTMLElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", tab.icon);
  svg.append(path);
  const made = element("a", { href: `#${tab.name}`, class: "tab", "data-tab": tab.name });
  if (here) made.setAttribute("aria-current", "page");
  const badge = element("span", { class: "badge" });
  badge.hidden = true;
  made.append(svg, element("span", {}, tab.title), badge);
  return made;
}
