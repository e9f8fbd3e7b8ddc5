/* Messages, and what still waits on this device. */
import { element } from "../shared/island";
import { get, Offline, post, signOut } from "./api";
import * as store from "./store";
import { count, flush, state, tell } from "./sync";
import type { Item, Mail } from "./types";
import { button, clock, sheet, sure, toast } from "./ui";

/** Draw the messages. */
export async function inboxView(box: HTMLElement): Promise<() => void> {
  const name = `mail:${state.me?.account}`;
  let mails: Mail[] = [];
  try {
    const found = await get<{ items: Mail[]; unread: number }>("messages");
    mails = found.items;
    unread(found.unread);
    await store.keep(name, mails);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    mails = (await store.read<Mail[]>(name)) ?? [];
  }
  const list = element("ul", { class: "list" });
  for (const mail of mails) {
    const line = element("button", { type: "button", class: `task${mail.read ? "" : " unread"}` }, element("strong", {}, mail.title), element("small", {}, `${clock(mail.at)}${mail.read ? "" : " · 未读"}`));
    line.addEventListener("click", () => {
      const { box: page, close } = sheet(mail.title, element("section", { class: "card" }, element("p", {}, mail.body || "（没有正文）"), element("small", {}, clock(mail.at))));
      if (/^\/(command|workflow)\/tasks\//.test(mail.link)) {
        page.append(button("去办理", "primary wide", () => {
          close();
          location.hash = "tasks";
        }));
      }
      if (mail.read) return;
      mail.read = true;
      line.classList.remove("unread");
      post<{ unread: number }>("messages/read", { id: mail.id }).then((said) => unread(said.unread)).catch(() => undefined);
    });
    list.append(element("li", {}, line));
  }
  if (!mails.length) list.append(element("li", { class: "empty" }, "没有消息。"));
  box.replaceChildren(list);
  return () => undefined;
}

interface Reported {
  number: string;
  label: string;
  description: string;
  address: string;
  at: number;
  answer: string;
}

/** Show what the person has reported and what became of it. */
export async function reportedSheet(): Promise<void> {
  const name = `reported:${state.me?.account}`;
  let rows: Reported[] = [];
  try {
    rows = (await get<{ items: Reported[] }>("reports")).items;
    await store.keep(name, rows);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    rows = (await store.read<Reported[]>(name)) ?? [];
  }
  const list = element("ul", { class: "list" });
  for (const row of rows) {
    const words = [element("strong", {}, row.description), element("span", {}, row.address), element("small", {}, `${clock(row.at)} · ${row.label} · ${row.number}`)];
    if (row.answer) words.push(element("p", {}, row.answer));
    list.append(element("li", { class: "card waiting" }, ...words));
  }
  if (!rows.length) list.append(element("li", { class: "empty" }, "还没有上报记录。"));
  sheet("我的上报", list);
}

function unread(number: number): void {
  if (!state.me) return;
  state.me.unread = number;
  tell();
}

/** Show what waits, what was refused and why; a refused one may be sent again or given up. */
export async function queueSheet(): Promise<void> {
  const list = element("ul", { class: "list" });
  const note = element("p", { class: "place" });
  sheet("待上传", element("section", { class: "card" }, note, button("立即上传", "primary wide", () => void flush().then(show))), list, button("退出登录", "danger wide", () => void leave()));
  async function leave(): Promise<void> {
    const waits = state.waiting + state.refused;
    if (!(await sure(waits ? `还有 ${waits} 条没有上传，会保存在本机，由您下次登录后上传。确定退出？` : "确定退出登录？", "退出"))) return;
    try {
      await signOut();
    } catch {
      toast("没有网络，不能退出登录。", "error");
      return;
    }
    await store.forgetRead();
    location.reload();
  }
  async function show(): Promise<void> {
    const items = (await store.queued()).filter((item) => item.account === state.me?.account);
    const others = state.others ? `另有 ${state.others} 条属于其他账号，由其本人登录后上传。` : "";
    note.textContent = `${items.length ? `${items.length} 条保存在本机。` : "全部已上传。"}${others}`;
    list.replaceChildren(...items.map((item) => element("li", { class: "card" }, line(item))));
  }
  function line(item: Item): HTMLElement {
    const made = element("div", { class: "waiting" }, element("strong", {}, item.title), element("small", {}, `${clock(item.created)} · ${item.shots.length ? `${item.shots.length} 张照片 · ` : ""}${item.refused ? "未被接收" : "等待上传"}`));
    if (!item.refused) return made;
    const retry = button("再次上传", "", () => {
      const { refused: _, ...rest } = item;
      void store.put(rest).then(flush).then(show);
    });
    const give = button("删除", "danger", () => {
      void sure("删除后不能恢复，确定删除？", "删除").then(async (yes) => {
        if (!yes) return;
        await store.drop(item.seq!);
        await count();
        await show();
      });
    });
    made.append(element("p", { class: "refused" }, item.refused), element("div", { class: "pair" }, retry, give));
    return made;
  }
  await show();
}

document.addEventListener("field:refused", (event) => {
  const item = (event as CustomEvent<Item>).detail;
  toast(`“${item.title}”未被接收：${item.refused}`, "error");
});
