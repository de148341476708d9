/** The load generator's own lateness, beside the deliveries that it measured meanwhile. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, words } from "./data.js";
import { colour } from "./theme.js";

const [AT, LAG, DRIVER, CPU] = [0, 1, 2, 3];

export function drawStrain() {
  draw("strain-chart", option, { height: 300 });
}

function option() {
  const { seconds } = charts.strain;
  const line = (name, column, more) => ({
    type: "line",
    name,
    showSymbol: seconds.length < 2,
    data: seconds.map((one) => [one[AT], one[column]]),
    ...more,
  });
  return {
    grid: { left: 56, right: 52, top: 52, bottom: 44 },
    tooltip: tooltip({ trigger: "axis" }),
    xAxis: axis({ min: 0, max: charts.house.until_s, name: words.seconds }),
    yAxis: [
      axis({ name: "ms", nameGap: 40 }),
      axis({ name: "CPU", nameGap: 34, min: 0, max: 1, splitLine: { show: false } }),
    ],
    series: [
      line(words.lag, LAG, { itemStyle: { color: colour("no-go") }, lineStyle: { width: 1.5 } }),
      line(words.driver, DRIVER, { itemStyle: { color: colour("step-3") }, lineStyle: { width: 1.5, type: "dashed" } }),
      line(words.cpu, CPU, { yAxisIndex: 1, itemStyle: { color: colour("quiet") }, lineStyle: { width: 1, type: "dotted" } }),
      {
        type: "scatter",
        name: words.delivery,
        symbolSize: 5,
        itemStyle: { color: colour("accent"), opacity: 0.65 },
        data: charts.ways.ways.filter((way) => way.p50_ms !== null).map((way) => [way.clicked_s, way.p50_ms]),
      },
    ],
  };
}
