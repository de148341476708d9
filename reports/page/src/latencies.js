/** How soon messages arrived: the share of deliveries that had come by then, per way. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, names, whole, words } from "./data.js";
import { colour } from "./theme.js";

const DASHES = { frame: "solid", poll: "dashed" };

export function drawLatencies() {
  if (charts.paths.length) draw("cdf-chart", option, { height: 300 });
  else document.getElementById("cdf-chart")?.remove();
}

function option() {
  return {
    tooltip: tooltip({ trigger: "axis", valueFormatter: (share) => `${share} %` }),
    xAxis: axis({ type: "log", name: "ms", axisLabel: { color: colour("quiet"), formatter: (ms) => whole.format(ms) }, min: ({ min }) => Math.max(1, min * 0.9), max: ({ max }) => max * 1.05 }),
    yAxis: axis({ min: 0, max: 100, name: words.share, nameGap: 36 }),
    series: charts.paths.map((path, place) => ({
      type: "line",
      name: names.via[path.via],
      showSymbol: false,
      lineStyle: { type: DASHES[path.via], width: 2 },
      itemStyle: { color: colour(place ? "step-1" : "accent") },
      data: path.points.map((ms, share) => [Math.max(ms, 1), share]),
      markLine: {
        symbol: "none",
        silent: true,
        lineStyle: { color: colour("quiet"), type: "dotted" },
        label: { color: colour("quiet"), formatter: ({ name }) => name, rotate: 0, position: "end" },
        data: place ? [] : ["p50", "p95", "p99"].map((name) => ({ name, xAxis: path[name], label: { distance: name === "p95" ? 14 : 2 } })),
      },
    })),
  };
}
