/* Reporting in three taps: photo, place, send. Photos are made smaller here; place and code without leaving the page. Everything works without it. */
const MOST_PIXELS = 1600;

const form = document.querySelector("form[data-report]");
const status = document.querySelector("[data-where]");
const say = (text, wrong = false) => {
  if (!status) return;
  status.textContent = text;
  status.classList.toggle("is-wrong", wrong);
};
const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

/* Where am I? In words that help when the answer is no. */
const locate = () =>
  new Promise((done, fail) => {
    if (!navigator.geolocation) {
      fail(new Error("这台设备不能定位，请写地址或在地图上点选。"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      (found) => done(found.coords),
      (error) =>
        fail(new Error(error.code === 1 ? "没有得到定位权限。请在浏览器里允许定位，或写地址、在地图上点选。" : "暂时定位不到，请走到空旷处再试，或写地址。")),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  });

if (form) {
  const lon = form.querySelector("#id_lon");
  const lat = form.querySelector("#id_lat");
  const address = form.querySelector("#id_address");
  const accuracy = form.querySelector("#id_accuracy");
  const places = form.dataset.place;

  const name = async (x, y) => {
    const answer = await fetch(`${places}?lon=${x}&lat=${y}`, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).address : "";
  };
  const put = (x, y, where, metres) => {
    lon.value = Number(x).toFixed(7);
    lat.value = Number(y).toFixed(7);
    accuracy.value = metres ? Math.round(metres) : "";
    if (where) address.value = where;
    say(`位置已取得${where ? `：${where}` : ""}${metres ? `（误差约${Math.round(metres)}米）` : ""}`);
    if (metres > 200) say(`定位误差约${Math.round(metres)}米，偏大。请核对地址，或在地图上点选。`, true);
  };

  for (const part of form.querySelectorAll("[data-needs-script]")) part.hidden = false;
  form.querySelector("[data-here]").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    say("正在定位……");
    try {
      const here = await locate();
      put(here.longitude, here.latitude, "", here.accuracy);
      const where = await name(here.longitude, here.latitude).catch(() => "");
      if (where) put(here.longitude, here.latitude, where, here.accuracy);
    } catch (error) {
      say(error.message, true);
    }
    button.disabled = false;
  });

  /* Addresses: candidates without leaving the page. */
  form.querySelector("button[value=locate]").addEventListener("click", async (event) => {
    event.preventDefault();
    const box = form.querySelector("[data-candidates]");
    box.querySelector(".ps-found")?.remove();
    if (!address.value.trim()) {
      say("请先写地址。", true);
      return;
    }
    const answer = await fetch(`${places}?q=${encodeURIComponent(address.value)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const body = answer ? await answer.json().catch(() => ({})) : {};
    const found = body.candidates ?? [];
    if (!found.length) {
      say(body.detail ?? `没有找到“${address.value}”，请写明路名和门牌号，或在地图上点选。`, true);
      return;
    }
    if (found.length === 1) {
      put(found[0].lon, found[0].lat, found[0].address);
      return;
    }
    const list = document.createElement("ul");
    list.className = "ps-found plain-list";
    for (const one of found) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link-btn";
      button.textContent = `${one.address}（${one.level}）`;
      button.addEventListener("click", () => {
        put(one.lon, one.lat, one.address);
        list.remove();
      });
      item.append(button);
      list.append(item);
    }
    say("请选择是哪里：");
    box.append(list);
    list.querySelector("button").focus();
  });
  address.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      form.querySelector("button[value=locate]").click();
    }
  });
  for (const input of [lon, lat]) {
    input.addEventListener("change", () => {
      accuracy.value = "";
      if (lon.value && lat.value) say("位置已在地图上选定。");
    });
  }

  /* The map is only fetched when somebody opens it. */
  const drop = form.querySelector("[data-map-drop]");
  drop.addEventListener("toggle", () => {
    const box = drop.querySelector("[data-later]");
    if (!drop.open || !box) return;
    if (lon.value && lat.value) Object.assign(box.dataset, { lon: lon.value, lat: lat.value, zoom: "16" });
    box.dataset.island = box.dataset.later;
    delete box.dataset.later;
    for (const part of drop.querySelector("[data-map-files]").content.children) {
      const made = document.createElement(part.tagName);
      for (const attribute of part.attributes) made.setAttribute(attribute.name, attribute.value);
      document.head.append(made);
    }
  });

  /* Photos: shown, taken away again, and made smaller before they are sent. */
  const input = form.querySelector("#id_photos");
  const previews = form.querySelector("[data-previews]");
  const most = Number(form.dataset.photos);
  let photos = [];
  const smaller = async (file) => {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, MOST_PIXELS / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size < 600_000 && file.type === "image/jpeg") return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return blob ? new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg", lastModified: file.lastModified }) : file;
    } catch {
      return file; // the server says what is wrong with it
    }
  };
  const show = () => {
    const box = new DataTransfer();
    for (const photo of photos) box.items.add(photo);
    input.files = box.files;
    previews.replaceChildren(
      ...photos.map((photo, at) => {
        const figure = document.createElement("figure");
        const image = document.createElement("img");
        image.alt = `照片${at + 1}`;
        image.src = URL.createObjectURL(photo);
        image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
        const drop = document.createElement("button");
        drop.type = "button";
        drop.textContent = "×";
        drop.setAttribute("aria-label", `删除照片${at + 1}`);
        drop.addEventListener("click", () => {
          photos.splice(at, 1);
          show();
        });
        figure.append(image, drop);
        return figure;
      }),
    );
    form.querySelector("[data-photo-label]").textContent = photos.length ? "再拍一张" : "拍照或选照片";
  };
  let working = Promise.resolve();
  input.addEventListener("change", () => {
    const fresh = [...input.files].filter((file) => !photos.includes(file));
    /* Their places are kept at once, so that nothing moves under a finger while they are made smaller. */
    for (const _ of fresh.slice(0, most - photos.length)) previews.append(Object.assign(document.createElement("figure"), { className: "ps-coming" }));
    working = working.then(async () => {
      for (const file of fresh) if (photos.length < most) photos.push(await smaller(file));
      show();
    });
  });
  form.addEventListener(
    "submit",
    (event) => {
      if (form.dataset.ready === "1") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const by = event.submitter;
      /* After this event is over: a form that is being submitted does not let itself be submitted again. */
      const go = () => {
        form.dataset.ready = "1";
        form.requestSubmit(by);
        delete form.dataset.ready;
      };
      working.then(() => setTimeout(go, 0));
    },
    { capture: true },
  );
  const album = form.querySelector("[data-album]");
  album.hidden = !("ontouchstart" in window);
  album.addEventListener("click", () => {
    input.removeAttribute("capture");
    setTimeout(() => input.setAttribute("capture", "environment"), 1000);
  });
}

/* A code for a phone, without leaving what has been typed. */
for (const button of document.querySelectorAll("[data-code]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const around = button.closest("form");
    const said = around.querySelector("[data-code-status]");
    button.disabled = true;
    const body = new FormData();
    body.set("act", "code");
    body.set("phone", around.querySelector("[name=phone]").value);
    body.set("csrfmiddlewaretoken", token());
    const answer = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    const found = answer ? await answer.json().catch(() => ({})) : {};
    said.textContent = found.message ?? "没有发出去，请检查网络后再试。";
    if (answer?.ok) {
      around.querySelector("[name=code]").focus();
      let left = 60;
      const tick = setInterval(() => {
        left -= 1;
        button.textContent = left ? `${left}秒后可重发` : "获取验证码";
        if (!left) {
          clearInterval(tick);
          button.disabled = false;
        }
      }, 1000);
    } else {
      button.disabled = false;
    }
  });
}

/* What is nearby, from here. */
const near = document.querySelector("[data-nearby-here]");
if (near) {
  near.hidden = false;
  near.addEventListener("click", async () => {
    say("正在定位……");
    try {
      const here = await locate();
      location.search = `?lon=${here.longitude.toFixed(5)}&lat=${here.latitude.toFixed(5)}`;
    } catch (error) {
      say(error.message, true);
    }
  });
}
