/* File fields that take a drop and show the progress of sending. Without scripts they are plain file fields.

   <div class="drop-zone" data-island="upload"><input type="file" …></div>  inside any form. A form with `data-progress` is
   sent in the background with a progress bar; the answer replaces the page. */
import "./upload.css";
import { element, islands } from "../shared/island";

const MEGABYTE = 1024 * 1024;

islands("upload", (box) => {
  const input = box.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) return;
  const list = element("ul", { class: "upload-list", "aria-live": "polite" });
  box.append(element("p", { class: "upload-hint" }, "可以把文件拖到这里，或点上面的按钮选择。"), list);
  const show = (): void => {
    list.replaceChildren(...[...(input.files ?? [])].map((file) => element("li", {}, `${file.name}（${size(file.size)}）${tooBig(input, file)}`)));
  };
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => {
      event.preventDefault();
      box.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) box.addEventListener(name, () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = [...(event.dataTransfer?.files ?? [])];
    if (!dropped.length) return;
    const kept = new DataTransfer();
    for (const file of input.multiple ? dropped : dropped.slice(0, 1)) kept.items.add(file);
    input.files = kept.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const form = input.form;
  if (form?.dataset["progress"] !== undefined && form.dataset["sent"] === undefined) {
    form.dataset["sent"] = "";
    form.addEventListener("submit", (event) => send(form, event));
  }
});

function size(bytes: number): string {
  return bytes >= MEGABYTE ? `${(bytes / MEGABYTE).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

function tooBig(input: HTMLInputElement, file: File): string {
  const limit = Number(input.dataset["maxBytes"] ?? 0);
  return limit && file.size > limit ? `，超过 ${size(limit)}，请压缩后再传` : "";
}

/** Send the form with a progress bar; the server's page (or its errors) becomes the page. */
function send(form: HTMLFormElement, event: SubmitEvent): void {
  if (event.defaultPrevented || ![...form.querySelectorAll<HTMLInputElement>("input[type=file]")].some((field) => field.files?.length)) return;
  event.preventDefault();
  const bar = element("progress", { max: "100", value: "0", "aria-label": "上传进度" });
  const text = element("span", {}, "正在上传 0%");
  const line = element("p", { class: "upload-progress", role: "status" }, bar, text);
  form.append(line);
  const request = new XMLHttpRequest();
  request.open("POST", form.action || location.href);
  request.upload.addEventListener("progress", (step) => {
    const share = step.lengthComputable ? Math.round((step.loaded / step.total) * 100) : 0;
    bar.value = share;
    text.textContent = share < 100 ? `正在上传 ${share}%` : "上传完成，正在核对文件…";
  });
  request.addEventListener("load", () => {
    if (request.responseURL && request.responseURL !== (form.action || location.href)) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    if (!main) {
      location.reload();
      return;
    }
    document.querySelector("main")?.replaceWith(main);
    document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    main.querySelector<HTMLElement>("[data-error-summary]")?.focus();
  });
  request.addEventListener("error", () => {
    line.replaceChildren(element("span", { class: "field-error" }, "上传中断，请检查网络后重新提交。"));
    form.classList.remove("sending");
  });
  const data = new FormData(form);
  const pressed = event.submitter as HTMLButtonElement | null;
  if (pressed?.name) data.append(pressed.name, pressed.value);
  request.send(data);
}
