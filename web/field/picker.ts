/* Choosing a class: search by name or code, the last used ones first. */
import { element } from "../shared/island";
import { get, Offline } from "./api";
import * as store from "./store";
import { sheet } from "./ui";

/** kind, code, name, major. */
export type ClassRow = [string, string, string, string];

let rows: ClassRow[] = [];

/** Classes from the platform, else from the store. */
export async function loadClasses(): Promise<void> {
  try {
    rows = (await get<{ items: ClassRow[] }>("classes")).items;
    await store.keep("classes", rows);
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    rows = (await store.read<ClassRow[]>("classes")) ?? [];
  }
}

/** The name of a class. */
export const className = (kind: string, code: string): string => rows.find((row) => row[0] === kind && row[1] === code)?.[2] ?? code;

/** What fits a search: every word must occur in code, name or heading. Pure. */
export function matching(all: ClassRow[], text: string, recent: string[]): ClassRow[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((row) => words.every((word) => row.slice(1).some((part) => part.toLowerCase().includes(word))));
  const rank = (row: ClassRow): number => {
    const place = recent.indexOf(`${row[0]}:${row[1]}`);
    return place < 0 ? recent.length : place;
  };
  return found.map((row, index) => ({ row, index })).sort((a, b) => rank(a.row) - rank(b.row) || a.index - b.index).map((one) => one.row);
}

/** Let the person choose; `chosen` gets kind and code. */
export async function pickClass(chosen: (kind: string, code: string) => void): Promise<void> {
  if (!rows.length) await loadClasses();
  const recent = (await store.read<string[]>("recent")) ?? [];
  const search = element("input", { type: "search", id: "class-search", placeholder: "名称或代码，例如：井盖、0110", autocomplete: "off", enterkeyhint: "search" });
  const list = element("ul", { class: "picks" });
  const none = element("p", { class: "empty" }, "没有找到，请换一个词。");
  const { close } = sheet("选择问题类别", element("label", { class: "off", for: "class-search" }, "查找类别"), search, none, list);
  const show = (): void => {
    const found = matching(rows, search.value, recent).slice(0, 80);
    none.hidden = found.length > 0;
    list.replaceChildren(
      ...found.map((row) => {
        const [kind, code, name, major] = row;
        const pick = element("button", { type: "button", class: "pick" }, element("strong", {}, name), element("small", {}, `${kind === "event" ? "事件" : "部件"} ${code} · ${major}`));
        pick.addEventListener("click", () => {
          const mark = `${kind}:${code}`;
          void store.keep("recent", [mark, ...recent.filter((one) => one !== mark)].slice(0, 12));
          close();
          chosen(kind, code);
        });
        return element("li", {}, pick);
      }),
    );
  };
  search.addEventListener("input", show);
  show();
  search.focus();
}
