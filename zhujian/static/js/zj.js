/* Small conveniences on every page. Everything works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const remember = (name, value) => {
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
  };

  document.addEventListener("click", (event) => {
    const collapse = event.target.closest("[data-menu-collapse]");
    if (collapse) {
      const closed = root.dataset.menu !== "closed";
      root.dataset.menu = closed ? "closed" : "";
      collapse.setAttribute("aria-expanded", String(!closed));
      remember("menu", closed ? "0" : "1");
      return;
    }
    const back = event.target.closest("[data-back]");
    if (back && history.length > 1) {
      event.preventDefault();
      history.back();
      return;
    }
    const fault = event.target.closest(".error-summary a[href^='#']");
    if (fault) {
      const field = document.getElementById(decodeURIComponent(fault.hash.slice(1)));
      const control = field?.matches("input, select, textarea") ? field : field?.querySelector("input, select, textarea");
      if (control) {
        event.preventDefault();
        control.scrollIntoView({ block: "center" });
        control.focus({ preventScroll: true });
      }
      return;
    }
    const print = event.target.closest("[data-print]");
    if (print) window.print();
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        const was = copy.textContent;
        copy.textContent = "已复制";
        setTimeout(() => (copy.textContent = was), 1500);
      });
    }
    for (const open of document.querySelectorAll("details[data-drop][open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    const drawer = document.querySelector(".menu-toggle[open]");
    if (drawer && !event.target.closest(".menu, .menu-toggle")) drawer.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details[data-drop][open], .menu-toggle[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
    if (event.key === "/" && !event.target.closest("input, textarea, select, [contenteditable]")) {
      const search = document.getElementById("site-q");
      if (search && search.offsetParent) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  /* One submit per press; a question before an act that cannot be undone. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.classList.contains("sending")) {
      event.preventDefault();
      return;
    }
    form.classList.add("sending");
    setTimeout(() => form.classList.remove("sending"), 8000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form.sending")) form.classList.remove("sending");
  });

  /* Filters that submit themselves when a choice changes. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) form.requestSubmit();
  });

  /* Leaving a form that was typed into asks first. */
  let dirty = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guard]")) dirty = true;
  });
  document.addEventListener("submit", () => (dirty = false));
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });

  /* Counters of the header: asked for after the page is shown, so that no page waits for them. */
  const count = (name, value, alert) => {
    const badge = document.querySelector(`[data-counter="${name}"]`);
    if (!badge) return;
    badge.hidden = !value;
    badge.firstChild.nodeValue = value > 98 ? "99+" : String(value);
    badge.classList.toggle("count-alert", Boolean(alert));
  };
  const counters = () => {
    const where = document.querySelector("[data-counters]");
    if (!where) return;
    fetch(where.dataset.counters, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((found) => {
        if (!found) return;
        count("todo", found.todo, found.late);
        count("unread", found.unread, false);
      })
      .catch(() => {});
  };
  document.addEventListener("DOMContentLoaded", counters);

  const showErrors = (where) => {
    const summary = where.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  };
  const settle = (where) => showErrors(where);
  document.addEventListener("DOMContentLoaded", () => settle(document));
  document.addEventListener("htmx:after:swap", (event) => settle(event.target instanceof Element ? event.target : document));
})();
