/* Talking to the platform: its own session, its form token, its refusals in plain words. */
import { Refused } from "../shared/island";
import type { Session } from "./types";

const BASE = "/collection/api/";
let token = "";

/** No answer: there is no network, or the platform cannot be reached. */
export class Offline extends Error {}
/** The login has ended; what waits stays on the device. */
export class SignedOut extends Error {}

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    const headers = { Accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
    return await fetch(BASE + path, { credentials: "same-origin", cache: "no-store", ...init, headers, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    throw new Offline(String(error));
  }
}

async function told<T>(answer: Response): Promise<T> {
  if (answer.status >= 500 || answer.status === 429) throw new Offline(`status ${answer.status}`);
  const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
  if (answer.ok && body) return body as T;
  if (!body) throw new Offline("no JSON in the answer");
  throw new Refused(answer.status, String(body["detail"] || body["title"] || "没有办成，请稍后重试。"), body);
}

/** Who is logged in; also renews the form token. */
export async function session(): Promise<Session> {
  const found = await told<Session>(await ask("session", {}));
  token = found.csrf;
  return found;
}

/** Read from an address of the app. */
export async function get<T>(path: string): Promise<T> {
  return signed(() => ask(path, {}));
}

/** Send JSON, or a form with photos. */
export async function post<T>(path: string, content: unknown): Promise<T> {
  return signed(() => {
    const form = content instanceof FormData;
    const headers: Record<string, string> = { "X-CSRFToken": token };
    if (!form) headers["Content-Type"] = "application/json";
    return ask(path, { method: "POST", headers, body: form ? content : JSON.stringify(content) });
  });
}

/** A 403 may be a stale form token, an ended login, or a real refusal: the session tells which. */
async function signed<T>(send: () => Promise<Response>): Promise<T> {
  let answer = await send();
  if (answer.status === 401 || answer.status === 403) {
    const was = token;
    if ((await session()).account === null) throw new SignedOut();
    if (token !== was) answer = await send();
  }
  return told<T>(answer);
}

/** Leave for the platform's login page; it leads back here. */
export function signIn(): void {
  location.assign(`/login/?next=${encodeURIComponent("/collection/app/")}`);
}

/** End the login on this device. What waits in the queue stays; what was only read is forgotten by the caller. */
export async function signOut(): Promise<void> {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token);
  try {
    await fetch("/logout/", { method: "POST", body: form, credentials: "same-origin" });
  } catch (error) {
    throw new Offline(String(error));
  }
}
