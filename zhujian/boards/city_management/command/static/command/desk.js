/* Acceptance desk by keyboard, and choosing a class by its digits or name. Without this file the page has a plain list and a button. */
(() => {
  "use strict";

  /* Class: type 0110 or 垃圾, arrows, Enter. The select stays the form's field. */
  const combo = (select) => {
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const box = document.createElement("div");
    box.className = "combo";
    Object.assign(input, { type: "text", autocomplete: "off", id: `${select.id}_find`, placeholder: "输入代码或名称，例如 0110 或 垃圾" });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", `${select.id}_list`);
    input.setAttribute("aria-autocomplete", "list");
    Object.assign(list, { id: `${select.id}_list`, className: "combo-list", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "小类");
    select.hidden = true;
    select.after(box);
    box.append(input, list);
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (label) label.htmlFor = input.id;
    let found = [];
    let at = 0;
    const kind = () => select.form.querySelector("[name=kind]:checked")?.value ?? "";
    const shown = (option) => option.value !== "" && (!kind() || option.value.startsWith(`${kind()}:`));
    const text = (option) => (option && option.value ? option.textContent.trim() : "");
    const mark = () => {
      [...list.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === at)));
      const line = list.children[at];
      if (line) {
        input.setAttribute("aria-activedescendant", line.id);
        line.scrollIntoView({ block: "nearest" });
      }
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const open = () => {
      const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const begins = (option) => Number(!(option.dataset.code ?? "").startsWith(words[0] ?? ""));
      found = [...select.options]
        .filter((option) => shown(option) && words.every((word) => option.textContent.toLowerCase().includes(word)))
        .sort((a, b) => begins(a) - begins(b))
        .slice(0, 40);
      at = 0;
      list.replaceChildren(
        ...found.map((option, index) => {
          const line = document.createElement("li");
          line.id = `${list.id}_${index}`;
          line.setAttribute("role", "option");
          const code = document.createElement("span");
          code.className = "mono";
          code.textContent = option.dataset.code ?? "";
          const name = document.createElement("span");
          name.textContent = option.dataset.name ?? option.textContent;
          const major = document.createElement("span");
          major.className = "end";
          major.textContent = option.dataset.major ?? "";
          line.append(code, name, major);
          line.addEventListener("mousedown", (event) => {
            event.preventDefault();
            choose(option);
          });
          return line;
        }),
      );
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(Boolean(found.length)));
      mark();
    };
    const choose = (option) => {
      close();
      if (!option) return;
      select.value = option.value;
      input.value = text(option);
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    input.value = text(select.selectedOptions[0]);
    input.addEventListener("input", open);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", open);
    input.addEventListener("blur", () => {
      close();
      input.value = text(select.selectedOptions[0]);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) return open();
        at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(found.length, 1);
        mark();
      } else if (event.key === "Enter" && !event.ctrlKey) {
        event.preventDefault();
        if (!list.hidden) choose(found[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      }
    });
    select.form.addEventListener("change", (event) => {
      if (event.target.name !== "kind" || !select.value || shown(select.selectedOptions[0])) return;
      select.value = "";
      input.value = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
    return input;
  };

  const start = () => {
    for (const select of document.querySelectorAll("select[data-combo]")) {
      if (!select.nextElementSibling?.classList.contains("combo")) combo(select);
    }
  };
  document.addEventListener("DOMContentLoaded", start);

  /* Conditions of the chosen class, with their limits. */
  document.addEventListener("change", (event) => {
    const select = event.target.closest?.("select[data-conditions]");
    if (!select) return;
    const where = document.getElementById("conditions");
    const [kind, code] = select.value.split(":");
    if (!code) return where.replaceChildren();
    const asked = `${select.dataset.conditions}?kind=${encodeURIComponent(kind)}&code=${encodeURIComponent(code)}`;
    where.setAttribute("aria-busy", "true");
    fetch(asked, { credentials: "same-origin", headers: { "X-Part": "conditions" } })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
      .then((html) => {
        if (select.value !== `${kind}:${code}`) return;
        where.innerHTML = html;
        const first = where.querySelector("input[type=radio]");
        if (first) {
          first.checked = true;
          first.focus({ preventScroll: true });
        }
      })
      .catch(() => {
        const note = document.createElement("p");
        note.className = "notice notice-warn";
        note.textContent = "立案条件没有取到，请检查网络后重新选择小类。";
        where.replaceChildren(note);
      })
      .finally(() => where.removeAttribute("aria-busy"));
  });

  /* A suggested class, taken with one press; the person still decides. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-suggest]");
    const select = button?.form?.querySelector("select[data-combo]");
    if (!select || !select.querySelector(`option[value="${button.dataset.suggest}"]`)) return;
    event.preventDefault();
    const kind = button.form.querySelector(`[name=kind][value="${button.dataset.suggest.split(":")[0]}"]`);
    if (kind) kind.checked = true;
    select.value = button.dataset.suggest;
    const input = document.getElementById(`${select.id}_find`);
    if (input) input.value = select.selectedOptions[0].textContent.trim();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });

  /* After a decision the next report opens: whoever works by keyboard or by ear goes on there, not at the top of the page. */
  const goOn = () => {
    if (document.querySelector("[data-error-summary]") || document.activeElement !== document.body) return;
    const next = location.hash === "#work" ? document.getElementById("h-work") : location.hash ? null : document.querySelector("[data-focus]");
    next?.focus({ preventScroll: true });
  };
  document.addEventListener("DOMContentLoaded", goOn);
  window.addEventListener("load", goOn); // a browser that has scrolled to #work lets go of what had the focus

  /* Keys of the desk. Each key presses what carries data-key; nothing happens while text is being typed. */
  document.addEventListener("keydown", (event) => {
    const desk = document.querySelector("[data-keys]");
    if (!desk || event.isComposing) return;
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const main = (event.target.closest("form") ?? desk).querySelector("[data-key='Enter']") ?? desk.querySelector("[data-key='Enter']");
      if (main) {
        event.preventDefault();
        main.click();
      }
      return;
    }
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.key.toUpperCase();
    if (/^[1-9]$/.test(key)) {
      const radios = desk.querySelectorAll("#conditions input[type=radio]");
      const radio = radios[Number(key) - 1];
      if (radio) {
        radio.checked = true;
        radio.focus();
      }
      return;
    }
    const target = [...desk.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && !one.disabled);
    if (!target) return;
    event.preventDefault();
    if (target.matches("details")) {
      target.open = !target.open;
      target.querySelector("select, textarea, input:not([type=hidden])")?.focus();
    } else if (target.matches("label")) {
      const field = document.getElementById(target.htmlFor) ?? target.querySelector("input");
      if (field?.type === "radio" || field?.type === "checkbox") field.click();
      field?.focus();
    } else if (target.matches("input, select, textarea")) target.focus();
    else target.click();
  });
})();
