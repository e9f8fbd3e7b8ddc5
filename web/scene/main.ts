/* CIM 3D: the city's buildings, models in their place, pipes below the ground, sun and shadows, saved views.

   <div class="solid" data-island="scene" data-config="#scene-config" data-name="…" data-label="…">what is shown without scripts</div>

   The box tells what it shows: data-ready, data-buildings (blocks near), data-pipes, data-shafts, data-models, data-selected
   ("cim.building:17"), data-sun-azimuth, data-sun-elevation, data-ground, data-below, data-view; event `scene:select`. */
import "../solid/solid.css";
import "../bim-viewer/viewer.css";
import "./scene.css";
import { fold, islands, source } from "../shared/island";
import { notSolid } from "../solid/frame";
import { solid } from "../solid/stage";
import { City, type Config } from "./city";

islands("scene", async (box) => {
  if (!solid()) return notSolid(box);
  const config = await source<Config>(box.dataset["config"]!);
  fold(box, "以列表查看");
  const city = new City(box, config);
  (box as HTMLElement & { city?: City }).city = city;
  await city.start();
  box.dataset["ready"] = "";
});
