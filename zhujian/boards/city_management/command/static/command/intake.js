/* Manual intake: what the caller reported before appears as soon as the number is typed; a chosen address moves the mark.
   The number is sent in a POST, never in an address. Without this file the two buttons do the same. */
(() => {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("intake");
    const phone = document.getElementById("id_phone");
    const where = document.querySelector("#caller");
    let asked = "";
    let wait = 0;
    const look = () => {
      const number = phone.value.replace(/[\s-]/g, "");
      if (number === asked || number.length < 7) return;
      asked = number;
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      body.append("phone", number);
      body.append("look", "caller");
      fetch(location.href, { method: "POST", body, credentials: "same-origin", headers: { "X-Part": "caller" } })
        .then((answer) => (answer.ok ? answer.text() : null))
        .then((html) => {
          if (html === null || asked !== number) return;
          const title = where.querySelector("h3");
          where.innerHTML = html;
          where.prepend(title);
        })
        .catch(() => {});
    };
    if (phone && where) {
      phone.addEventListener("input", () => {
        clearTimeout(wait);
        wait = setTimeout(look, 400);
      });
      phone.addEventListener("change", look);
    }
    document.addEventListener("change", (event) => {
      const chosen = event.target.closest?.("[name=candidate]");
      if (!chosen) return;
      const set = (id, value) => {
        const input = document.getElementById(id);
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      };
      set("id_lon", chosen.dataset.lon);
      set("id_lat", chosen.dataset.lat);
      document.getElementById("id_address").value = chosen.dataset.address;
    });
  });
})();
