/* Choosing a place for a form: a click or a drag writes longitude and latitude; typed numbers move the mark. */
import { Marker, type Map as MapLibre } from "maplibre-gl";
import { element } from "../shared/island";

const DIGITS = 6; // about 0.1 m

/** Tie the two inputs named in `data-pick` to a mark on the map. */
export function pick(map: MapLibre, box: HTMLElement): void {
  const [lonInput, latInput] = (box.dataset["pick"] ?? "").split(",").map((name) => document.querySelector<HTMLInputElement>(name.trim()));
  if (!lonInput || !latInput) throw new Error("data-pick names no inputs");
  const mark = new Marker({ color: "#c8161d", draggable: true });
  const status = element("p", { class: "map-status", "aria-live": "polite" }, "点击地图选择位置；也可以用方向键移动地图后按回车，选定中心点。");
  const write = (lon: number, lat: number): void => {
    lonInput.value = lon.toFixed(DIGITS);
    latInput.value = lat.toFixed(DIGITS);
    for (const input of [lonInput, latInput]) input.dispatchEvent(new Event("change", { bubbles: true }));
    mark.setLngLat([lon, lat]).addTo(map);
    status.textContent = `已选：东经 ${lonInput.value}，北纬 ${latInput.value}`;
  };
  const read = (move: boolean): void => {
    const lon = Number.parseFloat(lonInput.value);
    const lat = Number.parseFloat(latInput.value);
    if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lon) > 180 || Math.abs(lat) > 90) return;
    mark.setLngLat([lon, lat]).addTo(map);
    if (move) map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 12) });
  };
  box.append(status);
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", (event) => write(event.lngLat.lng, event.lngLat.lat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const centre = map.getCenter();
    write(centre.lng, centre.lat);
  });
  mark.on("dragend", () => write(mark.getLngLat().lng, mark.getLngLat().lat));
  for (const input of [lonInput, latInput]) input.addEventListener("input", () => read(true));
  read(true);
}
