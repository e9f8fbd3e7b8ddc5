/* Taking a photo: the camera inside the app, or the phone's own. Time and place are written on the picture and kept beside it. */
import { element } from "../shared/island";
import { here } from "./place";
import { state } from "./sync";
import type { Role, Shot } from "./types";

export const ROLE_WORDS: Record<Role, string> = { wide: "全景", close: "近景", before: "处置前", after: "处置后", check: "现场" };

/** A photo of `role`, or null when the person turned back. */
export async function shoot(role: Role): Promise<Shot | null> {
  const stream = await live();
  return stream ? viewfinder(role, stream) : chosen(role);
}

async function live(): Promise<MediaStream | null> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } } });
  } catch {
    return null; // no camera, or no permission: the phone's own camera may still do
  }
}

function viewfinder(role: Role, stream: MediaStream): Promise<Shot | null> {
  return new Promise((done) => {
    const video = element("video", { playsinline: "", autoplay: "", "aria-label": "取景画面" });
    video.muted = true;
    video.srcObject = stream;
    const title = element("h2", { class: "camera-title" }, `拍${ROLE_WORDS[role]}`);
    const take = element("button", { type: "button", class: "shutter", "aria-label": "拍照" });
    const other = element("button", { type: "button", class: "btn ghost" }, "系统相机");
    const back = element("button", { type: "button", class: "btn ghost" }, "返回");
    const box = element("dialog", { class: "camera", "aria-label": `拍${ROLE_WORDS[role]}照片` }, title, video, element("div", { class: "camera-bar" }, back, take, other));
    const close = (shot: Promise<Shot | null>): void => {
      for (const track of stream.getTracks()) track.stop();
      box.close();
      box.remove();
      done(shot);
    };
    take.addEventListener("click", () => {
      if (!video.videoWidth) return; // not a frame yet
      const at = Date.now();
      const canvas = draw(video, video.videoWidth, video.videoHeight, at);
      close(finish(role, canvas, at));
    });
    other.addEventListener("click", () => close(chosen(role)));
    back.addEventListener("click", () => close(Promise.resolve(null)));
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(Promise.resolve(null));
    });
    document.body.append(box);
    box.showModal();
    take.focus();
  });
}

function chosen(role: Role): Promise<Shot | null> {
  return new Promise((done) => {
    const input = element("input", { type: "file", accept: "image/*", capture: "environment", class: "off", "aria-label": "照片" });
    document.body.append(input);
    const end = (shot: Promise<Shot | null> | null): void => {
      input.remove();
      done(shot);
    };
    input.addEventListener("cancel", () => end(null));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      end(file ? fromFile(role, file) : null);
    });
    input.click();
  });
}

/** A picture of the phone's camera. Its time is that of the file: an old picture stays old. */
async function fromFile(role: Role, file: File): Promise<Shot | null> {
  const at = Math.min(file.lastModified, Date.now());
  const picture = await createImageBitmap(file);
  return finish(role, draw(picture, picture.width, picture.height, at), at);
}

function draw(source: CanvasImageSource, width: number, height: number, at: number): HTMLCanvasElement {
  const edge = state.me?.limits["photo_edge"] ?? 1600;
  const share = Math.min(1, edge / Math.max(width, height));
  const canvas = element("canvas", { width: String(Math.round(width * share)), height: String(Math.round(height * share)) });
  const pen = canvas.getContext("2d")!;
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  const size = Math.max(14, Math.round(canvas.width / 45));
  const lines = [new Date(at).toLocaleString("zh-CN", { hour12: false }), where(), state.me?.name ?? ""].filter(Boolean);
  pen.fillStyle = "rgba(0,0,0,.55)";
  pen.fillRect(0, canvas.height - size * 1.8, canvas.width, size * 1.8);
  pen.fillStyle = "#fff";
  pen.font = `${size}px sans-serif`;
  pen.fillText(lines.join("  "), size * 0.6, canvas.height - size * 0.55, canvas.width - size);
  return canvas;
}

function where(): string {
  const fix = here();
  return fix ? `${fix.lon.toFixed(6)},${fix.lat.toFixed(6)} ±${Math.round(fix.accuracy)}m` : "未定位";
}

async function finish(role: Role, canvas: HTMLCanvasElement, at: number): Promise<Shot | null> {
  const fix = here();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
  if (!blob) return null;
  return { role, at, sha256: await hash(blob), lon: fix?.lon ?? null, lat: fix?.lat ?? null, accuracy: fix?.accuracy ?? null, blob };
}

async function hash(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
