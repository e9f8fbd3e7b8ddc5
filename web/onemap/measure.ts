/* Measuring lengths and areas on the ellipsoid of CGCS2000. */
import { element } from "../shared/island";
import { area, areaText, length, lengthText } from "../shared/geodesy";
import type { App } from "./app";
import { Drawing, sketch, type Tool } from "./draw";
import type { Panels } from "./panels";
import { EMPTY } from "./view";

/** Make the panel work. */
export function measure(app: App, panels: Panels): void {
  const panel = app.need("[data-panel=measure]");
  const result = panel.querySelector<HTMLElement>(".om-result")!;
  const tell = (tool: Tool, points: [number, number][], done: boolean): void => {
    const line = length(points);
    const rows: [string, string][] = tool === "line" ? [["长度", lengthText(line)]] : [["面积", areaText(area(points))], ["周长", lengthText(line + (points.length > 2 ? length([points.at(-1)!, points[0]!]) : 0))]];
    const last = points.length > 1 ? lengthText(length(points.slice(-2))) : "";
    if (tool === "line" && points.length > 2) rows.push(["最后一段", last]);
    const list = element("dl", { class: "om-facts" });
    for (const [name, value] of rows) list.append(element("dt", {}, name), element("dd", {}, value));
    result.replaceChildren(list, element("p", { class: "muted small" }, "按 CGCS2000 椭球面计算，不是平面投影上的数值。"));
    result.dataset["length"] = String(line);
    result.dataset["area"] = String(tool === "line" ? 0 : area(points));
    if (done) app.say(rows.map(([name, value]) => `${name} ${value}`).join("，") + "。");
  };
  const start = (tool: Tool): void => {
    result.replaceChildren();
    const drawing = new Drawing(
      app,
      tool,
      (points) => {
        app.draw(sketch(tool, points));
        tell(tool, points, true);
      },
      (points) => points.length > 1 && (tool === "line" || points.length > 2) && tell(tool, points, false),
    );
    app.enter(drawing);
    app.view.map.getCanvas().focus();
  };
  for (const button of panel.querySelectorAll<HTMLElement>("[data-draw]")) button.addEventListener("click", () => start(button.dataset["draw"] as Tool));
  panels.on("measure", {
    close: () => {
      app.enter(null);
      app.draw(EMPTY);
      result.replaceChildren();
    },
  });
}
