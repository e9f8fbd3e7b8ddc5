// Reads tilesets whole with 3d-tiles-renderer (NASA-AMMOS) and three, which share no code with what writes them, and prints what they found.
// No screen is needed: `node proof/tiles.mjs FOLDER [X,Y]` with a tileset.json in the folder; X, Y: where a ray falls onto the model (model metres).
import { readFile } from "node:fs/promises";
import path from "node:path";
import { GLTFExtensionsPlugin } from "3d-tiles-renderer/three/plugins";
import { TilesRenderer } from "3d-tiles-renderer/three";
import { TilesetValidationPlugin } from "3d-tiles-renderer/src/three/plugins/TilesetValidationPlugin.js";
import { Box3, Matrix4, MathUtils, PerspectiveCamera, Raycaster, Vector3 } from "three";

const [folder, point] = process.argv.slice(2);
const HOST = "http://tiles.invalid/";
const SLACK = 0.001; // metres: boxes are written with four decimals, vertices as 32-bit floats
globalThis.window = { location: { href: HOST } };
globalThis.requestAnimationFrame = (call) => setTimeout(call, 0);
globalThis.cancelAnimationFrame = clearTimeout;

const faults = [];
const limited = /^TilesRenderer: tiles versions at 1\.1 or higher have limited support/; // said of every tileset of this version
console.warn = (...words) => void (limited.test(String(words[0])) || faults.push(words.join(" ")));
console.error = (...words) => faults.push(words.join(" "));
console.assert = (truth, ...words) => void (truth || faults.push(words.join(" ")));

class FromDisk {
  name = "FROM_DISK";
  async fetchData(url) {
    const name = decodeURIComponent(new URL(url).pathname).slice(1);
    return new Response(await readFile(path.join(folder, name)), { status: 200 });
  }
}

const tiles = new TilesRenderer(HOST + "tileset.json");
tiles.errorTarget = 0.01;
for (const plugin of [new FromDisk(), new GLTFExtensionsPlugin(), new TilesetValidationPlugin()]) tiles.registerPlugin(plugin);
const camera = new PerspectiveCamera(60, 1, 0.1, 1e8);
tiles.setCamera(camera);
tiles.setResolution(camera, 1000, 1000);
let settled = false;
tiles.addEventListener("load-error", ({ tile, url, error }) => {
  faults.push(`${url}: ${error?.message}`);
  settled ||= !tile; // without the tileset itself there is nothing to wait for
});
tiles.addEventListener("tiles-load-end", () => (settled = true));

const box = new Box3();
const frame = new Matrix4();
for (const end = Date.now() + 60_000; !settled && Date.now() < end; ) {
  if (tiles.root && tiles.getOrientedBoundingBox(box, frame)) {
    const centre = box.getCenter(new Vector3()).applyMatrix4(frame);
    const away = box.getSize(new Vector3()).length() * 2;
    camera.position.copy(centre).addScaledVector(centre.clone().normalize(), away);
    camera.lookAt(centre);
    camera.updateMatrixWorld();
  }
  tiles.update();
  await new Promise((done) => setTimeout(done, 2));
}
tiles.update(); // what was loaded is now shown
tiles.group.updateMatrixWorld(true);

/** Corners of a bounding box in the tileset's frame. */
function corners(volume) {
  const own = new Box3();
  const matrix = new Matrix4();
  volume.getOBB(own, matrix);
  return [...Array(8).keys()].map((bits) =>
    new Vector3(bits & 1 ? own.max.x : own.min.x, bits & 2 ? own.max.y : own.min.y, bits & 4 ? own.max.z : own.min.z).applyMatrix4(matrix),
  );
}

const told = [];
(function visit(tile) {
  const found = { uri: tile.content?.uri ?? null, error: tile.geometricError, refine: tile.refine, meshes: 0, vertices: 0, rows: {} };
  told.push(found);
  const outside = tile.parent ? Math.max(...corners(tile.engineData.boundingVolume).map((at) => tile.parent.engineData.boundingVolume.distanceToPoint(at))) : 0;
  if (outside > SLACK) faults.push(`${found.uri}: its box leaves the parent's by ${outside} m`);
  if (tile.parent && tile.geometricError > tile.parent.geometricError) faults.push(`${found.uri}: its geometric error is larger than the parent's`);
  tile.engineData.scene?.traverse((mesh) => {
    if (!mesh.isMesh) return;
    found.meshes += 1;
    found.vertices += mesh.geometry.getAttribute("position").count;
    const metadata = tile.engineData.scene.userData.structuralMetadata;
    const sets = mesh.userData.meshFeatures.getFeatureInfo().map((info) => ({ ...info, values: mesh.geometry.getAttribute(`_feature_id_${info.attribute}`) }));
    const whole = sets.find((set) => set.label === "version");
    const own = sets.find((set) => set.propertyTable !== null);
    for (const set of sets) {
      const distinct = new Set(set.values.array).size;
      if (distinct !== set.featureCount) faults.push(`${found.uri}: ${distinct} features, ${set.featureCount} said`);
    }
    for (let at = 0; at < whole.values.count; at++) {
      const id = whole.values.getX(at);
      if (found.rows[id]) continue;
      const row = metadata.getPropertyTableData(own.propertyTable, own.values.getX(at));
      found.rows[id] = [row.global_id, row.ifc_class, row.name];
    }
  });
  if (found.uri && !found.meshes) faults.push(`${found.uri}: nothing was drawn`);
  tile.children.forEach(visit);
})(tiles.root);

/** Degrees and metres of a point of the model. */
function place(x, y, z) {
  const at = new Vector3(x, y, z).applyMatrix4(tiles.root.engineData.transform);
  const { lon, lat, height } = tiles.ellipsoid.getPositionToCartographic(at, {});
  return [lon * MathUtils.RAD2DEG, lat * MathUtils.RAD2DEG, height];
}

let picked = null;
if (point) {
  const [x, y] = point.split(",").map(Number);
  const from = new Vector3(x, y, 1000).applyMatrix4(tiles.root.engineData.transform);
  const down = new Vector3(x, y, 0).applyMatrix4(tiles.root.engineData.transform).sub(from).normalize();
  const [hit] = new Raycaster(from, down).intersectObject(tiles.group, true);
  if (hit) picked = { id: hit.object.geometry.getAttribute("_feature_id_0").getX(hit.face.a), z: 1000 - hit.distance };
}
process.stdout.write(
  JSON.stringify({ faults, version: tiles.rootTileset.asset.version, tiles: told, origin: place(0, 0, 0), north: place(0, 100, 0), picked }),
);
process.exit(0);
