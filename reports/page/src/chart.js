/** One chart: drawn in the colours of the theme, and as wide as its place. */

import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  DataZoomSliderComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour, onTheme } from "./theme.js";

echarts.use([
  CanvasRenderer,
  CustomChart,
  DataZoomInsideComponent,
  DataZoomSliderComponent,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  ScatterChart,
  TooltipComponent,
]);

/**
 * The chart stands in the element of this id, if the page has one; `optionOf` is asked again for
 * every theme.
 */
export function draw(id, optionOf, { height } = {}) {
  const place = document.getElementById(id);
  if (!place) return null;
  if (height) place.style.height = `${height}px`;
  const chart = echarts.init(place);
  const paint = () => chart.setOption({ ...common(), ...optionOf() }, { notMerge: true });
  paint();
  onTheme(paint);
  new ResizeObserver(() => chart.resize()).observe(place);
  addEventListener("beforeprint", () => chart.resize());
  return chart;
}

function common() {
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") },
    grid: { left: 56, right: 16, top: 36, bottom: 44 },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: colour("ink") } },
  };
}

export function axis(more = {}) {
  return {
    type: "value",
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: colour("quiet") },
    axisLabel: { color: colour("quiet"), hideOverlap: true },
    axisLine: { lineStyle: { color: colour("rule") } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colour("rule"), width: 0.5 } },
    ...more,
  };
}

export function tooltip(more = {}) {
  return {
    confine: true,
    backgroundColor: colour("surface"),
    borderColor: colour("rule"),
    textStyle: { color: colour("ink"), fontSize: 13 },
    ...more,
  };
}

export const clip = echarts.graphic.clipRectByRect;
