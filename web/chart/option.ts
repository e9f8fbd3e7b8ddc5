/* From a chart's numbers to what ECharts draws, in the platform's tokens. Tooltips are drawn, not HTML: no inline style. */
import type { EChartsCoreOption } from "echarts/core";
import type { Chart } from "./data";

const FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif";
const LIGHT_COLOURS = ["#1a63c9", "#2a9d8f", "#e69a00", "#b4552d", "#6d5bd0", "#5a6b82", "#0b3a86", "#c8161d"];
const DARK_COLOURS = ["#35c3ff", "#5fe3a1", "#ffd95e", "#ff9d5c", "#b79cff", "#9fc3ea", "#1567c9", "#ff7b72"];

/** The option of one chart; `dark` for big screens. */
export function option(chart: Chart, dark: boolean, width = 600, height = 300): EChartsCoreOption {
  const ink = dark ? "#d8eaff" : "#1d2433";
  const quiet = dark ? "#9fc3ea" : "#4a5568";
  const line = dark ? "rgba(120,170,230,.22)" : "#e3e9f2";
  const text = { fontFamily: FONT, fontSize: 14, color: ink };
  const base = {
    color: dark ? DARK_COLOURS : LIGHT_COLOURS,
    textStyle: text,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    tooltip: { renderMode: "richText", textStyle: { ...text, color: "#1d2433" }, confine: true, valueFormatter: (value: unknown) => `${String(value)}${chart.unit}` },
    aria: { enabled: true, label: { enabled: false }, decal: { show: false } },
  };
  if (chart.kind === "pie") return { ...base, ...pie(chart, ink, width, height) };
  if (chart.kind === "gauge") return { ...base, ...gauge(chart, dark, ink) };
  const flat = chart.kind === "hbar";
  const labelled = chart.series.length === 1 && chart.kind !== "line"; // then the axis would only repeat the labels
  const category = {
    type: "category", data: chart.categories, inverse: flat, axisTick: { show: false },
    axisLine: { lineStyle: { color: line } }, axisLabel: { ...text, color: quiet, interval: flat ? 0 : "auto", hideOverlap: !flat },
  };
  const value = {
    type: "value", minInterval: 1, splitLine: { show: !labelled, lineStyle: { color: line } }, axisLabel: { ...text, color: quiet, show: !labelled },
    name: flat || labelled ? "" : chart.unit, nameTextStyle: { ...text, color: quiet, align: "right" },
  };
  return {
    ...base,
    tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: chart.kind === "line" ? "line" : "shadow" } },
    legend: { show: chart.series.length > 1, bottom: 0, textStyle: text, itemWidth: 14, itemHeight: 10 },
    grid: { left: 8, right: flat ? 48 : 16, top: labelled && !flat ? 28 : chart.unit && !flat ? 36 : 12, bottom: chart.series.length > 1 ? 36 : 8, containLabel: true },
    xAxis: flat ? value : category,
    yAxis: flat ? category : value,
    series: chart.series.map((series) => ({
      name: series.name,
      type: chart.kind === "line" ? "line" : "bar",
      data: series.data,
      barMaxWidth: 22,
      smooth: false,
      symbolSize: 7,
      ...(chart.kind === "stack" ? { stack: "all" } : {}),
      ...(labelled ? { label: { show: true, position: flat ? "right" : "top", color: ink, fontSize: 14 } } : {}),
      itemStyle: { ...(series.colour ? { color: series.colour } : {}), borderRadius: chart.kind === "stack" ? 0 : flat ? [0, 2, 2, 0] : [2, 2, 0, 0] },
      ...(chart.kind === "line" ? { areaStyle: { opacity: 0.12 } } : {}),
    })),
  };
}

/** With room the labels stand around the ring, else in a legend below it, or beside it in a low box; each names its number. */
function pie(chart: Chart, ink: string, width: number, height: number): EChartsCoreOption {
  const values = chart.series[0]?.data ?? [];
  const roomy = width >= 560;
  const low = height < 260;
  const place = low ? { left: "40%", top: "middle" } : { left: 0, bottom: 0 };
  const parts = chart.categories.map((name, at) => ({ name, value: values[at] ?? 0 })).filter((part) => part.value > 0);
  const number = new Map(parts.map((part) => [part.name, part.value]));
  return {
    legend: {
      show: !roomy, ...place, orient: "vertical", itemWidth: 14, itemHeight: 10, itemGap: 6, textStyle: { fontFamily: FONT, fontSize: 14, color: ink },
      formatter: (name: string) => `${name}  ${number.get(name) ?? 0}${chart.unit}`,
    },
    series: [
      {
        type: "pie", radius: roomy || low ? ["46%", "72%"] : ["34%", "52%"], center: low && !roomy ? ["20%", "50%"] : ["50%", roomy ? "50%" : "28%"], minAngle: 3, data: parts,
        label: { show: roomy, color: ink, fontSize: 14, formatter: "{b} {c}" + chart.unit, overflow: "break" },
        labelLine: { show: roomy }, itemStyle: { borderColor: "transparent", borderWidth: 2 },
      },
    ],
  };
}

function gauge(chart: Chart, dark: boolean, ink: string): EChartsCoreOption {
  const value = chart.series[0]?.data[0] ?? 0;
  return {
    series: [
      {
        type: "gauge", startAngle: 210, endAngle: -30, min: 0, max: 100, radius: "92%",
        progress: { show: true, width: 14, roundCap: true },
        axisLine: { lineStyle: { width: 14, color: [[1, dark ? "#0c3c7d" : "#e3e9f2"]] } },
        axisTick: { show: false }, splitLine: { show: false }, axisLabel: { show: false }, pointer: { show: false },
        detail: { valueAnimation: false, offsetCenter: [0, 0], formatter: `{value}${chart.unit || "%"}`, color: dark ? "#ffd95e" : ink, fontSize: 30, fontWeight: 700 },
        title: { offsetCenter: [0, "38%"], color: ink, fontSize: 14 },
        data: [{ value, name: chart.categories[0] ?? "" }],
      },
    ],
  };
}
