/* Metres around a place: x east, y up, z south. Web map coordinates, scaled to true metres at the origin (exact there, 0.1 % off 10 km away). */

const A = 6_378_137;
const E2 = 0.00669437999;
const DEGREE = Math.PI / 180;
const HALF = Math.PI * A;

export class Place {
  private readonly x0: number;
  private readonly y0: number;
  readonly east: number;
  readonly north: number;

  constructor(readonly lon: number, readonly lat: number) {
    const phi = lat * DEGREE;
    const root = 1 - E2 * Math.sin(phi) ** 2;
    this.east = Math.cos(phi) / Math.sqrt(root);
    this.north = (Math.cos(phi) * (1 - E2)) / root ** 1.5;
    this.x0 = mercatorX(lon);
    this.y0 = mercatorY(lat);
  }

  /** x and z of a longitude and latitude. */
  local(lon: number, lat: number): [number, number] {
    return [(mercatorX(lon) - this.x0) * this.east, (this.y0 - mercatorY(lat)) * this.north];
  }

  /** Longitude and latitude of x and z. */
  world(x: number, z: number): [number, number] {
    const lon = (x / this.east + this.x0) / A / DEGREE;
    const lat = (2 * Math.atan(Math.exp((this.y0 - z / this.north) / A)) - Math.PI / 2) / DEGREE;
    return [lon, lat];
  }

  /** Where tile coordinates (0 … extent, y down) fall: `[x of the left edge, metres per unit east, z of the top edge, metres per unit south]`. */
  tile(zoom: number, x: number, y: number, extent: number): [number, number, number, number] {
    const size = (2 * HALF) / 2 ** zoom;
    return [(x * size - HALF - this.x0) * this.east, (size / extent) * this.east, (this.y0 - (HALF - y * size)) * this.north, (size / extent) * this.north];
  }
}

function mercatorX(lon: number): number {
  return A * lon * DEGREE;
}

function mercatorY(lat: number): number {
  return A * Math.log(Math.tan(Math.PI / 4 + (lat * DEGREE) / 2));
}

/** Column and row of the tile that holds a place. */
export function tileOf(lon: number, lat: number, zoom: number): [number, number] {
  const count = 2 ** zoom;
  return [Math.floor(((mercatorX(lon) + HALF) / (2 * HALF)) * count), Math.floor(((HALF - mercatorY(lat)) / (2 * HALF)) * count)];
}
