// Turns the region select of a form into a cascade (市 → 县 → 街镇 → 村社区). The select stays the form's field: every
// choice is written into it at once, so that what is sent is always what is seen. Without this script the select works alone.
(() => {
  if (window.zjRegionPicker) return;
  window.zjRegionPicker = true;
  const LEVELS = ["省", "市州", "县区", "街镇", "村社区"];
  const cache = new Map();

  const children = (address, parent) => {
    const key = `${address}?parent=${parent}`;
    if (!cache.has(key)) {
      cache.set(
        key,
        fetch(key, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : { items: [] }))
          .then((body) => body.items)
          .catch(() => {
            cache.delete(key);
            return [];
          }),
      );
    }
    return cache.get(key);
  };

  const levelOf = (code) => {
    if (!code) return 0;
    if (code.slice(9) !== "000") return 4;
    if (code.slice(6, 9) !== "000") return 3;
    if (code.slice(4, 6) !== "00") return 2;
    return code.slice(2, 4) === "00" ? 0 : 1;
  };

  const significant = (code) => [2, 4, 6, 9, 12].find((size) => /^0*$/.test(code.slice(size)));

  // The codes from below `root` down to `code`, by the shape of the code (AA90CC stands directly under its province).
  const trail = (root, code) =>
    code
      ? [4, 6, 9, 12]
          .filter((size) => size <= significant(code) && size > (root ? significant(root) : 0) && !(size === 4 && code.slice(2, 4) === "90"))
          .map((size) => code.slice(0, size).padEnd(12, "0"))
      : [];

  const enhance = (box) => {
    if (box.dataset.ready !== undefined) return;
    box.dataset.ready = "";
    const field = box.querySelector("select");
    const root = box.dataset.root || "";
    if (!field.value && root && levelOf(root) > 1) field.value = root;
    const row = document.createElement("div");
    row.className = "region-row";
    field.after(row);
    field.classList.add("visually-hidden");
    field.tabIndex = -1;
    field.setAttribute("aria-hidden", "true");
    const label = box.querySelector("label");
    // A hidden control cannot show the browser's own complaint: the first select of the cascade is the required one.
    const required = field.required;
    field.required = false;
    let writing = false;

    const write = (code, text) => {
      if (code && ![...field.options].some((option) => option.value === code)) field.add(new Option(text, code));
      field.value = code;
      writing = true;
      field.dispatchEvent(new Event("change", { bubbles: true }));
      writing = false;
    };

    let turn = 0;
    // Draws the selects below `parent` (already chosen: `chosen`), one after another; a later call overtakes an earlier one.
    const draw = async (parent, chosen, mine) => {
      const items = await children(box.dataset.children, parent);
      if (mine !== turn || !items.length) return;
      const select = document.createElement("select");
      const level = levelOf(items[0].code);
      const first = !row.children.length;
      select.setAttribute("aria-label", `${label ? label.firstChild.textContent.trim() : "行政区划"}：${LEVELS[level]}`);
      if (required && first && level < 3) select.required = true;
      select.add(new Option(first && level < 3 ? `请选择${LEVELS[level]}` : `不限${LEVELS[level]}`, ""));
      const whole = first && levelOf(root) === 0 ? [...field.options].find((option) => root && option.value === root) : undefined;
      if (whole) select.add(new Option(whole.text, root));
      for (const item of items) select.add(new Option(item.name + (item.zone ? "（功能区）" : ""), item.code));
      select.value = chosen[0] || (whole && field.value === root ? root : "");
      select.addEventListener("change", () => {
        turn += 1;
        while (select.nextSibling) select.nextSibling.remove();
        const above = select.previousSibling ? select.previousSibling.value : levelOf(root) > 1 ? root : "";
        const code = select.value || above;
        write(code, select.value ? select.selectedOptions[0].text : "");
        if (select.value && select.value !== root) draw(select.value, [], turn);
      });
      row.append(select);
      if (select.value && select.value !== root) await draw(select.value, chosen.slice(1), mine);
    };
    // A link of the error summary leads to the field; another script (a point picked on the map) may set it.
    field.addEventListener("focus", () => row.firstChild && row.firstChild.focus());
    field.addEventListener("change", () => {
      if (writing || !row.isConnected) return;
      turn += 1;
      row.replaceChildren();
      draw(root, trail(root, field.value), turn);
    });
    draw(root, trail(root, field.value), turn).then(() => {
      // Nothing could be fetched: give the plain select back.
      if (row.children.length) {
        if (label) {
          row.firstChild.id = `${field.id}_first`;
          label.htmlFor = row.firstChild.id;
        }
        return;
      }
      row.remove();
      field.required = required;
      field.classList.remove("visually-hidden");
      field.removeAttribute("tabindex");
      field.removeAttribute("aria-hidden");
    });
  };

  const start = (where) => where.querySelectorAll("[data-region-picker]").forEach(enhance);
  start(document);
  document.addEventListener("htmx:after:swap", () => start(document));
  document.addEventListener("htmx:afterSwap", () => start(document));
})();
