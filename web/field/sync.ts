/* Sending what waits, in the order it happened. Nothing leaves the store before the platform has said that it is kept; everything
   carries its own key, so that what arrives twice counts once. */
import { Refused } from "../shared/island";
import { Offline, post, session, SignedOut } from "./api";
import * as store from "./store";
import type { Item, Session, Shot } from "./types";

export type Line = "online" | "offline" | "signed_out";

export interface State {
  line: Line;
  me: Session | null;
  waiting: number;
  refused: number;
  others: number;
  sending: boolean;
}

export const state: State = { line: "online", me: null, waiting: 0, refused: 0, others: 0, sending: false };
const told = new Set<() => void>();
let again = false;

/** Be told when the state changes. */
export function onChange(run: () => void): void {
  told.add(run);
}

export function tell(): void {
  for (const run of told) run();
}

/** Count what waits. */
export async function count(): Promise<void> {
  const items = await store.queued();
  const mine = items.filter((item) => item.account === state.me?.account);
  state.waiting = mine.filter((item) => !item.refused).length;
  state.refused = mine.length - state.waiting;
  state.others = items.length - mine.length;
  tell();
}

/** Put something into the queue and try to send it. */
export async function enqueue(item: Omit<Item, "account" | "created" | "seq">): Promise<void> {
  if (!state.me?.account) throw new SignedOut();
  await store.put({ ...item, account: state.me.account, created: Date.now() });
  await count();
  void flush();
}

/** Ask who is logged in; without a network the last known session counts. */
export async function meet(): Promise<void> {
  try {
    const me = await session();
    if (me.account === null) {
      state.line = "signed_out";
      state.me ??= (await store.read<Session>("me")) ?? null;
    } else {
      const other = state.me?.account && state.me.account !== me.account;
      state.line = "online";
      state.me = me;
      await store.keep("me", me);
      if (other) location.reload(); // somebody else has logged in: nothing of the first person stays on the screen
    }
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    state.line = "offline";
    state.me ??= (await store.read<Session>("me")) ?? null;
  }
  await count();
}

/** Send everything that waits for the logged-in person; stops at the first sign that the network or the login is gone. */
export async function flush(): Promise<void> {
  if (state.sending) {
    again = true;
    return;
  }
  state.sending = true;
  tell();
  try {
    await meet();
    if (state.line === "online") {
      for (const item of await store.queued()) {
        if (item.account !== state.me?.account || item.refused) continue;
        if (item.kind === "shift_end") await sendPoints(String(item.data["shift"]));
        await send(item);
      }
      await sendPoints("");
    }
  } catch (error) {
    if (error instanceof SignedOut) state.line = "signed_out";
    else if (error instanceof Offline) state.line = "offline";
    else console.warn(error);
  } finally {
    state.sending = false;
    await count();
  }
  if (again) {
    again = false;
    void flush();
  }
}

async function send(item: Item): Promise<void> {
  try {
    await post(item.path, content(item));
    await store.drop(item.seq!);
    document.dispatchEvent(new CustomEvent("field:sent", { detail: item }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // A refusal is for the person to mend; what follows may still go.
    await store.put({ ...item, refused: error.message });
    document.dispatchEvent(new CustomEvent("field:refused", { detail: { ...item, refused: error.message } }));
  }
  await count();
}

/** JSON, or a form whose parts are the photos in the order of their descriptions. */
function content(item: Item): unknown {
  const said = { ...item.data, client_key: item.key };
  if (!item.shots.length) return said;
  const form = new FormData();
  const about = item.shots.map(({ blob: _, ...rest }: Shot) => rest);
  form.append("data", JSON.stringify({ ...said, photos: about }));
  item.shots.forEach((shot, index) => form.append(`photo${index}`, shot.blob, `${shot.role}-${shot.at}.jpg`));
  return form;
}

/** Send positions (of one shift, or of every shift whose start has arrived). */
async function sendPoints(only: string): Promise<void> {
  for (;;) {
    const starting = new Set((await store.queued()).filter((item) => item.kind === "shift_start").map((item) => item.key));
    const most = state.me?.limits["track_batch"] ?? 500;
    const ready = (await store.points(most * 2)).filter(
      (point) => point.account === state.me?.account && (only ? point.shift === only : !starting.has(point.shift)),
    );
    const shift = ready[0]?.shift;
    if (!shift) return;
    const batch = ready.filter((point) => point.shift === shift).slice(0, most);
    try {
      await post("track", { shift, points: batch.map((point) => [point.at, point.lon, point.lat, point.accuracy]) });
    } catch (error) {
      // A shift that the platform does not know (its start was refused) has no track.
      if (!(error instanceof Refused)) throw error;
      console.warn(error.message);
    }
    await store.dropPoints(batch.map((point) => point.seq!));
  }
}
