/* A decision as it stands in its DMN file: decision table or requirements diagram, read-only.

   <div class="diagram" data-island="dmn" data-src="/…/decision.dmn">what is shown without scripts</div> */
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-font/css/dmn-embedded.css";
import "./dmn.css";
import DmnViewer from "dmn-js/lib/NavigatedViewer";
import { element, fold, getText, islands } from "../shared/island";

islands("dmn", async (box) => {
  box.classList.add("diagram");
  fold(box, "以表格查看规则");
  const tabs = element("ul", { class: "tabs", "aria-label": "决策" });
  const stage = element("div", { class: "dmn-stage" });
  box.append(tabs, stage);
  const viewer = new DmnViewer({ container: stage });
  await viewer.importXML(await getText(box.dataset["src"] ?? ""));
  const views = viewer.getViews();
  const wanted = views.find((view) => view.type === "decisionTable") ?? views[0];
  if (wanted) await viewer.open(wanted);
  for (const view of views) {
    const link = element("a", { href: "#" }, view.name || (view.type === "drd" ? "决策关系图" : view.id));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      void viewer.open(view);
      for (const other of tabs.querySelectorAll("a")) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "page");
    });
    if (view === wanted) link.setAttribute("aria-current", "page");
    tabs.append(element("li", {}, link));
  }
  tabs.hidden = views.length < 2;
  box.dataset["ready"] = "";
});
