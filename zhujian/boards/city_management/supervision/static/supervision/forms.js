/* Choosing offices by group and by name, and taking the place where one stands. Every form works without it. */
for (const box of document.querySelectorAll("[data-offices]")) {
  const told = box.querySelector("[data-chosen]");
  const boxes = [...box.querySelectorAll("input[type=checkbox][name]")];
  const count = () => {
    const number = boxes.filter((one) => one.checked).length;
    told.textContent = number ? `已选 ${number} 个单位` : "尚未选择";
  };
  for (const part of box.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const all of box.querySelectorAll("[data-all]"))
    all.addEventListener("click", () => {
      const group = [...all.closest("[data-group]").querySelectorAll("input[type=checkbox][name]")].filter((one) => !one.closest("label").hidden);
      const wanted = group.some((one) => !one.checked);
      for (const one of group) one.checked = wanted;
      count();
    });
  box.querySelector("[data-find]")?.addEventListener("input", (event) => {
    const text = event.target.value.trim();
    for (const group of box.querySelectorAll("[data-group]")) {
      const labels = [...group.querySelectorAll("label.choice")];
      for (const label of labels) label.hidden = Boolean(text) && !label.textContent.includes(text);
      const some = labels.some((label) => !label.hidden);
      group.hidden = !some;
      if (text && some && group.tagName === "DETAILS") group.open = true;
    }
  });
  box.addEventListener("change", count);
  count();
}

const place = document.querySelector("[data-here]");
if (place) {
  const lon = document.querySelector("#id_lon");
  const lat = document.querySelector("#id_lat");
  const say = document.querySelector("[data-where]");
  place.closest("[data-needs-script]").hidden = false;
  place.addEventListener("click", () => {
    if (!navigator.geolocation) {
      say.textContent = "这台设备不能定位，请填写地点。";
      return;
    }
    say.textContent = "正在定位……";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        lon.value = coords.longitude.toFixed(7);
        lat.value = coords.latitude.toFixed(7);
        say.textContent = `位置已取得（误差约${Math.round(coords.accuracy)}米）`;
      },
      (error) => {
        say.textContent = error.code === 1 ? "没有得到定位权限，请在浏览器里允许定位，或只填写地点。" : "暂时定位不到，请走到空旷处再试，或只填写地点。";
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  });
}

/* A checklist: what was not touched is good; only faults need words and a photo. */
for (const item of document.querySelectorAll("[data-item]")) {
  const more = item.querySelector("[data-fault]");
  const show = () => {
    more.hidden = item.querySelector("input[type=radio][value=fault]:checked") === null;
  };
  item.addEventListener("change", show);
  show();
}
