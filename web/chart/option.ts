/* From a chart's numbers to what ECharts draws, in the platform's tokens. Tooltips are drawn, not HTML: no inline style. */
import type { EChartsCoreOption } from "echarts/core";
import type { Chart } from "./data";

const FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif";
const LIGHT_COLOURS = ["#1a63c9", "#2a9d8f", "#e69a00", "#b4552d", "#6d5bd0", "#5a6b82", "#0b3a86", "#c8161d"];
const DARK_COLOURS = ["#35c3ff", "#5fe3a1", "#ffd95e", "#ff9d5c", "#b79cff", "#9fc3ea", "#1567c9", "#ff7b72"];

/** The option of one chart; `dark` for big screens. */
export function option(chart: Chart, dark: boolean): EChartsCoreOption {
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
  if (chart.kind === "pie") return { ...base, ...pie(chart, ink) };
  if (chart.kind === "gauge") return { ...base, ...gauge(chart, dark, ink) };
  const flat = chart.kind === "hbar";
  const category = {
    type: "category", data: chart.categories, inverse: flat, axisTick: { show: false },
    axisLine: { lineStyle: { color: line } }, axisLabel: { ...text, color: quiet, interval: flat ? 0 : "auto", hideOverlap: !flat },
  };
  const value = {
    type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { ...text, color: quiet },
    name: flat ? "" : chart.unit, nameTextStyle: { ...text, color: quiet, align: "right" },
  };
  return {
    ...base,
    tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: chart.kind === "line" ? "line" : "shadow" } },
    legend: { show: chart.series.length > 1, bottom: 0, textStyle: text, itemWidth: 14, itemHeight: 10 },
    grid: { left: 8, right: flat ? 48 : 16, top: chart.unit && !flat ? 36 : 16, bottom: chart.series.length > 1 ? 36 : 8, containLabel: true },
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
      ...(chart.series.length === 1 && chart.kind !== "line" ? { label: { show: true, position: flat ? "right" : "top", color: ink, fontSize: 14 } } : {}),
      itemStyle: { ...(series.colour ? { color: series.colour } : {}), borderRadius: chart.kind === "stack" ? 0 : flat ? [0, 2, 2, 0] : [2, 2, 0, 0] },
      ...(chart.kind === "line" ? { areaStyle: { opacity: 0.12 } } : {}),
    })),
  };
}

function pie(chart: Chart, ink: string): EChartsCoreOption {
  const values = chart.series[0]?.data ?? [];
  return {
    series: [
      {
        type: "pie", radius: ["46%", "72%"], center: ["50%", "50%"], minAngle: 3,
        data: chart.categories.map((name, at) => ({ name, value: values[at] ?? 0 })).filter((part) => part.value > 0),
        label: { color: ink, fontSize: 14, formatter: "{b} {c}" + chart.unit, overflow: "break" },
        itemStyle: { borderColor: "transparent", borderWidth: 2 },
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
