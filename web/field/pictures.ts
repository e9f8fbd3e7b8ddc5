/* Photos of tasks kept on the device, so that what was there before can be compared without a network. Bounded: what was kept first goes
   first; what belongs to no open task any more goes at once. */
import { surplus } from "./bounds";
import * as store from "./store";
import { state } from "./sync";
import type { Task } from "./types";

const MEGABYTE = 1_000_000;

/** Fetch and keep the photos of the open tasks, the most urgent task's first, until the bound is reached. */
export async function keepPictures(tasks: Task[]): Promise<void> {
  const account = state.me?.account;
  if (!account) return;
  const most = (state.me?.limits["cache_mb"] ?? 40) * MEGABYTE;
  const wanted = tasks.flatMap((task) => task.photos.map((photo) => photo.url));
  const open = new Set(wanted.map((url) => `${account}:${url}`));
  const kept = await store.pictures();
  for (const row of kept) if (row.key.startsWith(`${account}:`) && !open.has(row.key)) await store.dropPicture(row.key);
  const have = new Map(kept.filter((row) => open.has(row.key)).map((row) => [row.key, row.bytes]));
  let own = 0;
  for (const url of wanted) {
    const key = `${account}:${url}`;
    const known = have.get(key);
    if (known !== undefined) {
      own += known;
      continue;
    }
    if (own >= most) return;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (!answer) return; // the network has gone: what is here is here
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("image/")) continue;
    const blob = await answer.blob();
    own += blob.size;
    await store.keepPicture({ key, blob, bytes: blob.size, at: Date.now() });
    for (const gone of surplus(await store.pictures(), most)) await store.dropPicture(gone);
  }
}

/** Show a photo in `image`: the kept one, else from the platform; `missing` when there is neither. */
export async function showPicture(image: HTMLImageElement, url: string, missing: () => void): Promise<void> {
  const kept = await store.picture(`${state.me?.account}:${url}`).catch(() => undefined);
  image.addEventListener("error", missing, { once: true });
  if (!kept) {
    image.src = url;
    return;
  }
  const address = URL.createObjectURL(kept.blob);
  image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  image.src = address;
}
