/* What every island shares: finding its boxes, reading data, saying what went wrong in plain words. */

/** Mount every element with `data-island="<name>"`, now and after htmx has put new content on the page. */
export function islands(name: string, mount: (box: HTMLElement) => void | Promise<void>): void {
  const seen = new WeakSet<Element>();
  const scan = (): void => {
    for (const box of document.querySelectorAll<HTMLElement>(`[data-island="${name}"]`)) {
      if (seen.has(box)) continue;
      seen.add(box);
      Promise.resolve()
        .then(() => mount(box))
        .catch((error: unknown) => fail(box, error));
    }
  };
  scan();
  document.addEventListener("htmx:after:swap", scan);
}

/** A refusal of the server, with the sentences it gave. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** JSON from an address of this platform. */
export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  return read<T>(answer);
}

/** Text from an address of this platform. */
export async function getText(url: string): Promise<string> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Refused(answer.status, sentence(answer.status), {});
  return answer.text();
}

/** Post JSON with the form token and read JSON back. */
export async function postJson<T>(url: string, body: unknown): Promise<T> {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });
  return read<T>(answer);
}

/** The form token that the page carries. */
export function token(): string {
  const field = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return field?.value ?? "";
}

async function read<T>(answer: Response): Promise<T> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) {
    const detail = typeof body["detail"] === "string" && body["detail"] ? body["detail"] : body["title"];
    throw new Refused(answer.status, typeof detail === "string" && detail ? detail : sentence(answer.status), body);
  }
  return body as T;
}

function sentence(status: number): string {
  if (status === 403) return "您没有查看这部分内容的权限。";
  if (status === 404) return "没有找到这部分内容。";
  return "系统繁忙，请稍后刷新页面重试。";
}

/** Say in the box that its content could not be shown; what the page offered without scripts stays. */
export function fail(box: HTMLElement, error: unknown): void {
  box.removeAttribute("aria-busy");
  const text = error instanceof Refused ? error.message : "这部分内容暂时无法显示，请刷新页面重试。";
  if (!(error instanceof Refused)) console.warn(error);
  box.prepend(element("p", { class: "notice notice-warn island-fault", role: "alert" }, text));
}

/** Make an element with attributes and children (strings become text, never markup). */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Move what the page offered without scripts (a table, a list) into a fold under the picture. */
export function fold(box: HTMLElement, title: string): void {
  const nodes = [...box.childNodes].filter((node) => node.nodeType === Node.ELEMENT_NODE && !(node instanceof HTMLScriptElement));
  if (!nodes.length) return;
  const details = element("details", { class: "island-fold" }, element("summary", {}, title));
  details.append(...nodes);
  box.after(details);
}

/** JSON kept in an attribute, in a `<script type="application/json">` named by `#id`, or behind an address. */
export async function source<T>(value: string): Promise<T> {
  const text = value.trim();
  if (text.startsWith("{") || text.startsWith("[")) return JSON.parse(text) as T;
  if (text.startsWith("#")) {
    const script = document.getElementById(text.slice(1));
    if (!script) throw new Error(`no element ${text}`);
    return JSON.parse(script.textContent ?? "null") as T;
  }
  return getJson<T>(text);
}

/** A colour of the platform's tokens. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Fill `{name}` in an address template; a value is only ever one path segment. */
export function fill(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? "")));
}

/** Follow an address of this platform only. */
export function follow(address: string): void {
  const target = new URL(address, location.href);
  if (target.origin === location.origin) location.assign(target.href);
}

/** The corner of a picture where its legends stand. */
export function legends(box: HTMLElement): HTMLElement {
  const found = box.querySelector<HTMLElement>(".map-legends");
  if (found) return found;
  const made = element("div", { class: "map-legends" });
  box.append(made);
  return made;
}
