/* Where the sun stands: Meeus, "Astronomical Algorithms", low accuracy series (about 0.01°), with refraction near the horizon. */

const DEGREE = Math.PI / 180;

export interface Sun {
  /** Degrees clockwise from north. */
  azimuth: number;
  /** Degrees above the horizon, as seen (with refraction). */
  elevation: number;
}

/** The sun over `lon`, `lat` (degrees) at `moment` (milliseconds since 1970, UTC). */
export function sunAt(lon: number, lat: number, moment: number): Sun {
  const days = moment / 86_400_000 + 2_440_587.5 - 2_451_545;
  const centuries = days / 36_525;
  const mean = 280.46646 + centuries * (36_000.76983 + centuries * 0.0003032);
  const anomaly = (357.52911 + centuries * (35_999.05029 - centuries * 0.0001537)) * DEGREE;
  const centre =
    Math.sin(anomaly) * (1.914602 - centuries * (0.004817 + 0.000014 * centuries)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * centuries) +
    Math.sin(3 * anomaly) * 0.000289;
  const node = (125.04 - 1934.136 * centuries) * DEGREE;
  const along = (mean + centre - 0.00569 - 0.00478 * Math.sin(node)) * DEGREE;
  const tilt = (23.439291 - centuries * 0.0130042 + 0.00256 * Math.cos(node)) * DEGREE;
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(along), Math.cos(along));
  const declination = Math.asin(Math.sin(tilt) * Math.sin(along));
  const sidereal = (280.46061837 + 360.98564736629 * days + lon) * DEGREE;
  const hour = sidereal - ascension;
  const phi = lat * DEGREE;
  const height = Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hour));
  const azimuth = Math.atan2(-Math.sin(hour), Math.tan(declination) * Math.cos(phi) - Math.sin(phi) * Math.cos(hour));
  return { azimuth: (azimuth / DEGREE + 360) % 360, elevation: seen(height / DEGREE) };
}

/** Refraction lifts the sun near the horizon (Bennett / Sæmundsson, standard air). */
function seen(height: number): number {
  if (height < -1.2) return height;
  return height + 1.02 / 60 / Math.tan((height + 10.3 / (height + 5.11)) * DEGREE);
}

/** Sunrise and sunset of the day (`midnight`: its beginning there, UTC milliseconds): upper edge on the horizon; null when there is none. */
export function day(lon: number, lat: number, midnight: number): { rise: number; set: number } | null {
  const noon = midnight + 12 * 3_600_000;
  const up = (moment: number): boolean => sunAt(lon, lat, moment).elevation > -0.2667;
  if (!up(noon) || up(midnight)) return null;
  const edge = (from: number, to: number): number => {
    let [low, high] = [from, to];
    for (let step = 0; step < 24; step++) {
      const middle = (low + high) / 2;
      if (up(middle) === up(to)) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  };
  return { rise: edge(midnight, noon), set: edge(midnight + 24 * 3_600_000, noon) };
}
