/* What is let go when there is no more room. Imports nothing but types, so that it is tested without a browser. */
import type { Kept } from "./types";

/** Which to let go so that the rest is at most `most` bytes: the oldest first. Pure. */
export function surplus(rows: Pick<Kept, "key" | "bytes" | "at">[], most: number): string[] {
  let sum = rows.reduce((all, row) => all + row.bytes, 0);
  const gone: string[] = [];
  for (const row of [...rows].sort((a, b) => a.at - b.at)) {
    if (sum <= most) break;
    sum -= row.bytes;
    gone.push(row.key);
  }
  return gone;
}
