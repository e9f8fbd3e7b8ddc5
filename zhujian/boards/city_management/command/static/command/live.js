/* Screens that stay true by themselves: every `data-live` seconds the page is asked for again and its `data-part` boxes are replaced;
   the map gets new points without moving. A screen that cannot reach the platform says so instead of showing old numbers as new. */
(() => {
  "use strict";
  const body = document.querySelector("[data-live]");
  if (!body) return;
  const every = Math.max(5, Number(body.dataset.live) || 20) * 1000;
  const stale = document.querySelector("[data-stale]");
  let misses = 0;

  const points = () => {
    for (const box of document.querySelectorAll("[data-island=map][data-live-map]")) {
      const layers = JSON.parse(document.querySelector(box.dataset.layers)?.textContent ?? "[]");
      for (const layer of layers) {
        const source = layer.kind === "mvt" ? null : box.map?.getSource?.(`page-${layer.id}`);
        if (!source) continue;
        fetch(layer.url, { credentials: "same-origin" })
          .then((answer) => (answer.ok ? answer.json() : null))
          .then((data) => data && source.setData(data))
          .catch(() => {});
      }
    }
  };

  const renew = () => {
    if (document.hidden) return;
    fetch(location.href, { credentials: "same-origin", headers: { "X-Part": "live" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : Promise.reject(new Error(String(answer.status)))))
      .then((html) => {
        const fresh = new DOMParser().parseFromString(html, "text/html");
        for (const part of document.querySelectorAll("[data-part]")) {
          const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
          if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...next.childNodes);
        }
        misses = 0;
        if (stale) stale.hidden = true;
        points();
      })
      .catch(() => {
        misses += 1;
        if (stale && misses > 1) stale.hidden = false;
      });
  };
  setInterval(renew, every);
  document.addEventListener("visibilitychange", () => document.hidden || renew());
})();
