/* Small parts of the panels around a 3D picture: icons, buttons, saving a file, saying what happens. */
import { element } from "../shared/island";

const SHAPES: Record<string, string> = {
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  eyeoff: "M3 3l18 18M10.6 5.1A10 10 0 0 1 12 5c6 0 10 7 10 7a17 17 0 0 1-3.2 3.9M6.5 6.6A17 17 0 0 0 2 12s4 7 10 7c1.7 0 3.2-.5 4.5-1.2",
  solo: "M12 3v4M12 17v4M3 12h4M17 12h4M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  top: "M4 8l8-4 8 4-8 4-8-4ZM4 8v8l8 4 8-4V8",
  front: "M4 4h16v16H4zM4 10h16M10 10v10",
  cube: "M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3Zm0 9l8-4.5M12 12v9M12 12L4 7.5",
  cut: "M4 6h16v12H4zM12 2v20",
  ruler: "M3 17L17 3l4 4L7 21l-4-4Zm4-4l2 2m1-5l2 2m1-5l2 2",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10Z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  hide: "M3 3l18 18M4 7l8-4 8 4v9M4 7v9l8 5 5-3",
  all: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  list: "M4 6h16M4 12h16M4 18h16",
  flip: "M12 3v18M8 7l-4 5 4 5M16 7l4 5-4 5",
  link: "M9 15l6-6M8 12l-2 2a3.5 3.5 0 0 0 5 5l2-2M16 12l2-2a3.5 3.5 0 0 0-5-5l-2 2",
  below: "M3 8h18M6 12h3M11 12h3M16 12h3M12 14v7m0 0l-3-3m3 3l3-3",
  chevron: "M6 15l6-6 6 6",
  close: "M5 5l14 14M19 5L5 19",
  plus: "M12 5v14M5 12h14",
  pin: "M12 21s7-6.5 7-12a7 7 0 0 0-14 0c0 5.5 7 12 7 12Zm0-14.500a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  palette: "M12 3a9 9 0 1 0 0 18c1.5 0 2-1 1.5-2-.6-1.3.2-2.5 1.7-2.500H18a3 3 0 0 0 3-3c0-6-4.5-10.5-9-10.500ZM7.5 11.500h.01M10 7.500h.01M14.5 7.500h.01",
};

/** A drawn sign. */
export function icon(name: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name] ?? SHAPES["cube"]!);
  svg.append(path);
  return svg;
}

/** A button with a sign; `text` is shown when `wide`, else it is the label for readers and the tool tip. */
export function button(name: string, text: string, act: () => void, options: { wide?: boolean; toggle?: boolean; class?: string } = {}): HTMLButtonElement {
  const made = element("button", { type: "button", class: `solid-button ${options.class ?? ""}`.trim(), title: text }, icon(name));
  if (options.wide) made.append(element("span", {}, text));
  else made.setAttribute("aria-label", text);
  if (options.toggle) made.setAttribute("aria-pressed", "false");
  made.addEventListener("click", act);
  return made;
}

/** Press or release a toggle. */
export function press(toggle: HTMLElement, on: boolean): void {
  toggle.setAttribute("aria-pressed", String(on));
}

/** Hand a file to the person. */
export function save(blob: Blob, name: string): void {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The picture with a line of text under it, so that a print still says what it shows. */
export async function captioned(blob: Blob, text: string, dark: boolean): Promise<Blob> {
  const shot = await createImageBitmap(blob);
  const strip = Math.max(Math.round(shot.height * 0.035), 26);
  const canvas = element("canvas");
  canvas.width = shot.width;
  canvas.height = shot.height + strip;
  const pen = canvas.getContext("2d");
  if (!pen) return blob;
  pen.drawImage(shot, 0, 0);
  pen.fillStyle = dark ? "#04122b" : "#ffffff";
  pen.fillRect(0, shot.height, shot.width, strip);
  pen.fillStyle = dark ? "#e6f2ff" : "#1d2433";
  pen.font = `${Math.round(strip * 0.55)}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  pen.fillText(text, strip * 0.4, shot.height + strip / 2, shot.width - strip);
  return new Promise((done) => canvas.toBlob((made) => done(made ?? blob), "image/png"));
}

/** A bar that says what is being loaded. */
export class Progress {
  readonly root = element("div", { class: "solid-progress", role: "status" });
  private readonly text = element("span");
  private readonly bar = element("progress", { max: "1", value: "0" });

  constructor() {
    this.root.append(this.text, this.bar);
    this.root.hidden = true;
  }

  show(text: string, share: number): void {
    this.root.hidden = false;
    this.text.textContent = text;
    this.bar.value = share;
  }

  done(): void {
    this.root.hidden = true;
  }
}

/** A sentence that goes away by itself. */
export function tell(box: HTMLElement, text: string): void {
  let line = box.querySelector<HTMLElement>(".solid-said");
  if (!line) box.append((line = element("p", { class: "solid-said", role: "status" })));
  line.textContent = text;
  line.hidden = false;
  window.clearTimeout(Number(line.dataset["timer"] ?? 0));
  line.dataset["timer"] = String(window.setTimeout(() => line && (line.hidden = true), 4000));
}
