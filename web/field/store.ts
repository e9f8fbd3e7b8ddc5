/* The device's store: what waits to be sent, positions, and the last known answers. Survives reloads, logins and days without a network. */
import type { Item, Kept, Point } from "./types";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open("zhujian-field", 2);
    asked.onupgradeneeded = () => {
      const made = asked.result;
      // A device that has the first version keeps what waits in it.
      const have = made.objectStoreNames;
      if (!have.contains("queue")) made.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      if (!have.contains("points")) made.createObjectStore("points", { keyPath: "seq", autoIncrement: true });
      if (!have.contains("kept")) made.createObjectStore("kept");
      if (!have.contains("pictures")) made.createObjectStore("pictures", { keyPath: "key" });
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer version of the app opens it in another window
      done(asked.result);
    };
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

/** Every kept photo. */
export const pictures = (): Promise<Kept[]> => act("pictures", "readonly", (store) => store.getAll() as IDBRequest<Kept[]>);

/** One kept photo. */
export const picture = (key: string): Promise<Kept | undefined> => act("pictures", "readonly", (store) => store.get(key) as IDBRequest<Kept | undefined>);

/** Keep a photo. */
export const keepPicture = (row: Kept): Promise<IDBValidKey> => act("pictures", "readwrite", (store) => store.put(row));

/** Let a photo go. */
export const dropPicture = (key: string): Promise<undefined> => act("pictures", "readwrite", (store) => store.delete(key));

/** Forget every photo and every kept value but the drafts: what somebody has read does not stay on a device they have left. */
export async function forgetRead(): Promise<void> {
  await act("pictures", "readwrite", (store) => store.clear());
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
