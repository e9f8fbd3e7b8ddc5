/* Bytes from an address of this platform, a few at a time. */

let running = 0;
const queue: (() => void)[] = [];
const MOST = 6;

/** The body of an answer; empty when there is nothing (204). Throws for errors and when `signal` gives up. */
export async function getBytes(url: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  if (running >= MOST) await new Promise<void>((go) => queue.push(go));
  running++;
  try {
    signal?.throwIfAborted();
    const answer = await fetch(url, { credentials: "same-origin", ...(signal ? { signal } : {}) });
    if (answer.status === 204) return new ArrayBuffer(0);
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    return await answer.arrayBuffer();
  } finally {
    running--;
    queue.shift()?.();
  }
}
