/* Charts. The numbers come from the table in the box (which stays, folded, under the picture) or from `data-source`.

   <div class="chart" data-island="chart" data-chart="bar|hbar|stack|line|pie|gauge">
     <table data-unit="个"><caption>…</caption><thead>…</thead><tbody>…</tbody></table></div>

   data-source: JSON, #id of a JSON script, or an address that answers {kind, title, unit, categories, series, links} or {option}. */
import "./chart.css";
import { BarChart, GaugeChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { element, fold, follow, islands, source } from "../shared/island";
import { fromTable, type Chart } from "./data";
import { option } from "./option";

use([BarChart, LineChart, PieChart, GaugeChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

islands("chart", async (box) => {
  box.classList.add("chart");
  const kind = (box.dataset["chart"] ?? "bar") as Chart["kind"];
  const table = box.querySelector("table");
  const given = box.dataset["source"] ? await source<Partial<Chart> & { option?: EChartsCoreOption }>(box.dataset["source"]) : null;
  const chart: Chart = given
    ? { kind, title: "", unit: "", categories: [], series: [], links: [], ...given }
    : table
      ? fromTable(table, kind)
      : { kind, title: "", unit: "", categories: [], series: [], links: [] };
  if (!given?.option && !chart.series.some((line) => line.data.length)) return;
  const dark = box.dataset["dark"] !== undefined;
  fold(box, "以表格查看");
  const canvas = element("div", { class: "chart-canvas" });
  if (!given?.option && kind === "pie" && !chart.series[0]?.data.some((value) => value > 0)) {
    box.append(element("p", { class: "empty" }, "暂无数据"));
    box.dataset["ready"] = "";
    return;
  }
  const rows = kind === "hbar" ? chart.categories.length : 0;
  if (rows > 8) box.style.height = `${Math.max(280, rows * 28 + 60)}px`;
  box.append(canvas);
  const drawn = init(canvas, null, { renderer: "canvas" });
  drawn.setOption(given?.option ?? option(chart, dark, canvas.clientWidth, canvas.clientHeight));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", describe(chart));
  if (chart.links.some(Boolean)) {
    drawn.on("click", (event) => {
      const link = chart.links[event.dataIndex ?? -1];
      if (link) follow(link);
    });
  }
  new ResizeObserver(() => drawn.resize()).observe(box);
  window.addEventListener("beforeprint", () => drawn.resize());
  box.dataset["ready"] = "";
});

/** What a person who does not see the picture is told. */
function describe(chart: Chart): string {
  const first = chart.series[0];
  if (!first) return chart.title || "图表";
  const parts = chart.categories.slice(0, 12).map((name, at) => `${name} ${first.data[at] ?? 0}${chart.unit}`);
  return `${chart.title || first.name}：${parts.join("，")}`;
}
