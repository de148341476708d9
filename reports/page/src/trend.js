/** The most telling figures over the stored runs: a line per size of house, a mark per verdict. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, element, precise, whole, words } from "./data.js";
import { colour } from "./theme.js";

const UNITS = { received: "%", accepted: "%", delivery: "ms", sign_in: "s", mean: "s" };
const CROSS = "path://M2 0 5 3 8 0 10 2 7 5 10 8 8 10 5 7 2 10 0 8 3 5 0 2z";
const MARKS = { GO: "circle", "NO-GO": CROSS, INVALID: "triangle" };
const COLOURS = ["accent", "step-1", "step-2", "step-3", "step-4", "step-5"];
const DASHES = ["solid", "dashed", "dotted"];

const runs = charts.trend;
const sizes = [...new Set(runs.map(({ users }) => users))].sort((one, other) => other - one);

export function drawTrends() {
  for (const [key, unit] of Object.entries(UNITS)) draw(`trend-${key}`, () => option(key, unit), { height: 240 });
}

function option(key, unit) {
  const percent = unit === "%" ? { max: 100, min: ({ min }) => Math.max(0, Math.floor(Math.min(min, 100) - 1)) } : { min: 0 };
  return {
    grid: { left: 60, right: 16, top: 52, bottom: 32 },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 22, itemHeight: 8, textStyle: { color: colour("ink") } },
    tooltip: tooltip({ trigger: "item", formatter: ({ dataIndex }) => told(runs[dataIndex], key, unit) }),
    xAxis: axis({ type: "category", data: runs.map(({ at }) => at.slice(5)), splitLine: { show: false } }),
    yAxis: axis({ name: unit, nameGap: 44, ...percent }),
    series: sizes.map((users, place) => series(key, users, place)),
  };
}

function series(key, users, place) {
  return {
    type: "line",
    name: words.house.replace("USERS", whole.format(users)),
    connectNulls: true,
    lineStyle: { type: DASHES[place % DASHES.length], width: 1.5 },
    itemStyle: { color: colour(COLOURS[place % COLOURS.length]) },
    data: runs.map((run) => (run.users === users ? point(run, key) : null)),
  };
}

function point(run, key) {
  const size = run.verdict === "GO" ? 7 : 10;
  return {
    value: run[key],
    symbol: MARKS[run.verdict],
    symbolSize: run.letter ? size + 4 : size,
    label: { show: run.letter !== "", formatter: run.letter, position: "top", fontWeight: "bold", color: colour("ink") },
  };
}

/** An element, not markup: a run's name is whatever its folder is called. */
function told(run, key, unit) {
  const figure = `${precise.format(run[key])} ${unit}`;
  const name = run.letter ? `${run.letter} ${run.place}` : run.place;
  return element("div", "", element("strong", "", figure), element("br"), name, element("br"), `${run.at} · ${words.house.replace("USERS", whole.format(run.users))} · ${run.verdict}`);
}
