/* Reading a chart's numbers from the table that stands in its box, or from JSON. Pure but for reading the DOM. */

/** One chart: `categories` along the axis, one value per category in each series; `links` per category. */
export interface Chart {
  kind: "bar" | "hbar" | "stack" | "line" | "pie" | "gauge";
  title: string;
  unit: string;
  categories: string[];
  series: { name: string; data: number[]; colour?: string }[];
  links: (string | null)[];
}

/** A number as people write it: thousands separators and units allowed; 0 when there is none. */
export function toNumber(text: string): number {
  const found = /-?\d[\d,]*(\.\d+)?/.exec(text.replace(/\s/g, ""));
  return found ? Number(found[0].replaceAll(",", "")) : 0;
}

/** First column: categories (a link there is the category's link); each further column: a series named by its heading. */
export function fromTable(table: HTMLTableElement, kind: Chart["kind"]): Chart {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  return {
    kind,
    title: table.caption?.textContent?.trim() ?? "",
    unit: table.dataset["unit"] ?? "",
    categories: rows.map((row) => row.cells[0]?.textContent?.trim() ?? ""),
    series: heads.slice(1).map((head, at) => {
      const colour = head.dataset["colour"];
      const data = rows.map((row) => toNumber(row.cells[at + 1]?.dataset["value"] ?? row.cells[at + 1]?.textContent ?? ""));
      return { name: head.textContent?.trim() ?? "", data, ...(colour ? { colour } : {}) };
    }),
    links: rows.map((row) => row.querySelector("a")?.getAttribute("href") ?? null),
  };
}
