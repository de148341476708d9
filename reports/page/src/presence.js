/** Seats held over time, and how many people each page's roster showed when it last changed. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, words } from "./data.js";
import { colour } from "./theme.js";

export function drawPresence() {
  draw("presence-chart", option, { height: 260 });
}

function option() {
  const { seated, pages } = charts.presence;
  const until = charts.house.until_s;
  const last = seated.at(-1)?.[1] ?? 0;
  return {
    tooltip: tooltip({ trigger: "axis" }),
    xAxis: axis({ min: 0, max: until, name: words.seconds }),
    yAxis: axis({ minInterval: 1 }),
    series: [
      {
        type: "line",
        step: "end",
        name: words.seats,
        showSymbol: false,
        lineStyle: { width: 2 },
        areaStyle: { opacity: 0.08 },
        itemStyle: { color: colour("accent") },
        data: [[0, 0], ...seated, [until, last]],
      },
      {
        type: "scatter",
        name: words.pages,
        symbol: "diamond",
        symbolSize: 7,
        itemStyle: { color: colour("step-1"), opacity: 0.7 },
        data: pages,
      },
    ],
  };
}
