/* The device's store: what waits to be sent, positions, and the last known answers. Survives reloads, logins and days without a network. */
import type { Item, Point } from "./types";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open("zhujian-field", 1);
    asked.onupgradeneeded = () => {
      const made = asked.result;
      made.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      made.createObjectStore("points", { keyPath: "seq", autoIncrement: true });
      made.createObjectStore("kept");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error ?? new Error("store"));
  });
  return opened;
}

/** Run one request in a transaction; resolves when the transaction is on disk. */
async function act<T>(name: string, mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const base = await open();
  return new Promise((done, failed) => {
    const work = base.transaction(name, mode, mode === "readwrite" ? { durability: "strict" } : undefined);
    const asked = run(work.objectStore(name));
    work.oncomplete = () => done(asked.result);
    work.onabort = () => failed(work.error ?? new Error("store"));
  });
}

/** Everything queued, oldest first. */
export const queued = (): Promise<Item[]> => act("queue", "readonly", (store) => store.getAll() as IDBRequest<Item[]>);

/** Add or replace an item. */
export const put = (item: Item): Promise<IDBValidKey> => act("queue", "readwrite", (store) => store.put(item));

/** Forget an item that has arrived or is given up. */
export const drop = (seq: number): Promise<undefined> => act("queue", "readwrite", (store) => store.delete(seq));

/** Positions that wait, oldest first, at most `most`. */
export const points = (most = 1000): Promise<Point[]> => act("points", "readonly", (store) => store.getAll(null, most) as IDBRequest<Point[]>);

/** Keep a position. */
export const addPoint = (point: Point): Promise<IDBValidKey> => act("points", "readwrite", (store) => store.add(point));

/** Forget positions that have arrived. */
export async function dropPoints(seqs: number[]): Promise<void> {
  const base = await open();
  await new Promise<void>((done, failed) => {
    const work = base.transaction("points", "readwrite");
    for (const seq of seqs) work.objectStore("points").delete(seq);
    work.oncomplete = () => done();
    work.onabort = () => failed(work.error ?? new Error("store"));
  });
}

/** A kept value. */
export const read = <T>(name: string): Promise<T | undefined> => act("kept", "readonly", (store) => store.get(name) as IDBRequest<T | undefined>);

/** Keep a value under a name. */
export const keep = (name: string, value: unknown): Promise<IDBValidKey> => act("kept", "readwrite", (store) => store.put(value, name));

/** Forget a kept value. */
export const forget = (name: string): Promise<undefined> => act("kept", "readwrite", (store) => store.delete(name));

/** Forget every kept value but the drafts: what somebody has read does not stay on a device they have left. */
export async function forgetRead(): Promise<void> {
  const base = await open();
  await new Promise<void>((done, failed) => {
    const work = base.transaction("kept", "readwrite");
    const asked = work.objectStore("kept").openCursor();
    asked.onsuccess = () => {
      const at = asked.result;
      if (!at) return;
      if (!/^(draft|task|shift):/.test(String(at.key))) at.delete();
      at.continue();
    };
    work.oncomplete = () => done();
    work.onabort = () => failed(work.error ?? new Error("store"));
  });
}
