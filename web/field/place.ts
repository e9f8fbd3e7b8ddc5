/* Where the device is: one watch while anybody needs it, the newest position for everybody. */
import type { Fix } from "./types";

type Heard = (fix: Fix) => void;

const heard = new Set<Heard>();
let watch: number | null = null;
let newest: Fix | null = null;
let trouble = "";

/** The newest position of the last two minutes. */
export function here(): Fix | null {
  return newest && Date.now() - newest.at < 120_000 ? newest : null;
}

/** Why there is no position, in words; empty when nothing is wrong. */
export const locating = (): string => trouble;

/** Be told every position until the returned function is called. */
export function listen(told: Heard): () => void {
  heard.add(told);
  start();
  return () => {
    heard.delete(told);
    if (!heard.size && watch !== null) {
      navigator.geolocation.clearWatch(watch);
      watch = null;
    }
  };
}

function start(): void {
  if (watch !== null) return;
  if (!("geolocation" in navigator)) {
    trouble = "这台设备不能定位。";
    return;
  }
  watch = navigator.geolocation.watchPosition(
    hear,
    (error) => {
      trouble = error.code === error.PERMISSION_DENIED ? "没有定位权限，请在浏览器设置中允许本站定位。" : "暂时定位不到，请到开阔处稍候。";
    },
    { enableHighAccuracy: true, maximumAge: 5_000, timeout: 30_000 },
  );
}

function hear(position: GeolocationPosition): void {
  trouble = "";
  const { longitude, latitude, accuracy } = position.coords;
  newest = { at: Math.round(position.timestamp), lon: longitude, lat: latitude, accuracy };
  for (const told of heard) told(newest);
}

/** Ask for a position of this moment: a watch says nothing while one stands still. */
export function now(): void {
  if ("geolocation" in navigator) navigator.geolocation.getCurrentPosition(hear, () => undefined, { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 });
}

/** Metres between two places; good to half a percent. */
export function metres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const rad = Math.PI / 180;
  const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad);
  return 6_371_008.8 * Math.hypot(x, (b.lat - a.lat) * rad);
}

/** Whether a place lies in a ring. */
export function inside(ring: [number, number][], lon: number, lat: number): boolean {
  let found = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) found = !found;
  }
  return found;
}
