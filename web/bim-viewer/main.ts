/* BIM viewer: storeys and types, picking, properties, section, measuring, checks, comparison of versions.

   <div class="solid" data-island="bim-viewer" data-tree="/bim/versions/7/tree.json" data-element="/bim/versions/7/elements/{index}.json"
        data-findings="/bim/versions/7/findings.json" data-name="…" data-label="…">what is shown without scripts</div>

   data-others    JSON (or #id) of other versions: [{id, title, tree, compare}]; `compare` gives the differences from the other to this one
   data-focus     number of the element to show first

   The box tells what it shows: data-ready, data-loaded (storeys), data-visible (elements), data-selected, data-section, data-measured,
   data-triangles, data-calls; event `bim:select` with {index, globalId}. */
import "../solid/solid.css";
import "./viewer.css";
import { element, fold, getJson, islands, source } from "../shared/island";
import { solid } from "../solid/stage";
import { notSolid } from "../solid/frame";
import { Viewer, type Other } from "./viewer";
import type { Tree } from "./model";

islands("bim-viewer", async (box) => {
  if (!solid()) return notSolid(box);
  fold(box, "以列表查看构件");
  box.setAttribute("aria-busy", "true");
  const tree = await getJson<Tree>(box.dataset["tree"]!);
  if (!tree.storeys.length) {
    box.removeAttribute("aria-busy");
    box.append(element("div", { class: "empty" }, element("strong", {}, "这个版本还没有三维成果"), "请等待自动检查和转换完成后再打开。"));
    return;
  }
  const others = box.dataset["others"] ? await source<Other[]>(box.dataset["others"]) : [];
  const viewer = new Viewer(box, tree, others);
  (box as HTMLElement & { viewer?: Viewer }).viewer = viewer;
  await viewer.start();
  box.removeAttribute("aria-busy");
  box.dataset["ready"] = "";
});
