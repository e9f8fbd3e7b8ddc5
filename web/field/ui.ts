/* Small parts of the screen. */
import { element } from "../shared/island";

/** A button of a thumb's size. */
export function button(text: string, style: string, run: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: `btn ${style}`.trim() }, text);
  made.addEventListener("click", run);
  return made;
}

/** Say something that passes, over whatever is open; read out by screen readers. */
export function toast(text: string, kind: "ok" | "warn" | "error" = "ok"): void {
  for (const old of document.querySelectorAll(".toast")) old.remove();
  const line = element("p", { class: `toast ${kind}`, role: kind === "ok" ? "status" : "alert" }, text);
  // A modal sheet lies above everything outside it: what is to be read must stand inside.
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(line);
  setTimeout(() => line.remove(), kind === "ok" ? 4_000 : 9_000);
}

/** 13:05, or 11-23 13:05 on another day. */
export function clock(at: number): string {
  const then = new Date(at);
  const time = `${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
  const same = then.toDateString() === new Date().toDateString();
  return same ? time : `${String(then.getMonth() + 1).padStart(2, "0")}-${String(then.getDate()).padStart(2, "0")} ${time}`;
}

/** A sheet over the whole screen; `close` takes it away again. */
export function sheet(title: string, ...content: (Node | string)[]): { box: HTMLDialogElement; close: () => void } {
  const back = element("button", { type: "button", class: "btn ghost", "aria-label": "返回" }, "‹ 返回");
  const box = element("dialog", { class: "sheet", "aria-label": title }, element("header", { class: "sheet-head" }, back, element("h2", {}, title)), ...content);
  const close = (): void => {
    box.close();
    box.remove();
  };
  back.addEventListener("click", close);
  document.body.append(box);
  box.showModal();
  return { box, close };
}

/** Whether the person means it. */
export function sure(question: string, yes: string): Promise<boolean> {
  return new Promise((done) => {
    const box = element("dialog", { class: "ask", "aria-label": question }, element("p", {}, question));
    const end = (answer: boolean): void => {
      box.close();
      box.remove();
      done(answer);
    };
    box.append(element("div", { class: "pair" }, button("取消", "", () => end(false)), button(yes, "primary", () => end(true))));
    box.addEventListener("cancel", () => end(false));
    document.body.append(box);
    box.showModal();
  });
}

/** A UUID also where the browser has none to give. */
export function key(): string {
  return crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (Number(c) ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (Number(c) / 4)))).toString(16));
}
