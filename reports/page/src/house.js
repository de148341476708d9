/** The house over time: a lane per user. */

import { axis, clip, draw, tooltip } from "./chart.js";
import { charts, element, names, precise, words } from "./data.js";
import { colour } from "./theme.js";

const SEAT = -1;
const POLL = -2;
const END = -3;
const NAMES_MAX = 26;
const LANE_PX = 14;
const HEIGHT_MIN = 160;
const HEIGHT_MAX = 640;
const AROUND_PX = 110;
// Phases that take less of the whole have no room for their name.
const LABELLED = 0.06;

/** [lane, from, to, what, went well, words]; what is a step's place, or one of the above. */
function stretches() {
  return charts.house.lanes.flatMap((lane, place) => [
    ...(lane.seat ? [[place, lane.seat[0], lane.seat[1], SEAT, true, ""]] : []),
    ...lane.acts.map(([step, from, to, wentWell]) => [place, from, to, step, wentWell, ""]),
    ...lane.polls.map(([from, to]) => [place, from, to, POLL, true, ""]),
    ...lane.ends.map(([at, text]) => [place, at, at, END, false, text]),
  ]);
}

export function drawHouse() {
  const { lanes } = charts.house;
  const height = Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, lanes.length * LANE_PX)) + AROUND_PX;
  const data = stretches();
  const chart = draw("house-chart", () => option(data), { height });
  let shown = apart(lanes.length);
  chart?.on("datazoom", () => {
    const { start, end } = chart.getOption().dataZoom[1];
    const interval = apart(((end - start) / 100) * lanes.length);
    if (interval === shown) return;
    shown = interval;
    chart.setOption({ yAxis: { axisLabel: { interval } } });
  });
}

/** Names between two that are shown, when so many lanes are in sight. */
function apart(inSight) {
  return Math.max(0, Math.ceil(inSight / NAMES_MAX) - 1);
}

function option(data) {
  const { lanes, until_s: until } = charts.house;
  const isCoarse = matchMedia("(pointer: coarse)").matches;
  const zoom = { filterMode: "weakFilter", minSpan: 0.2 };
  const slider = { type: "slider", ...zoom, borderColor: colour("rule"), fillerColor: colour("veil"), brushSelect: false };
  return {
    grid: { left: 64, right: 40, top: 24, bottom: 72 },
    tooltip: tooltip({ formatter: ({ value }) => told(value) }),
    xAxis: axis({ min: 0, max: until, name: words.seconds, nameGap: 22 }),
    yAxis: axis({
      type: "category",
      data: lanes.map((lane) => lane.user),
      inverse: true,
      axisLabel: { color: colour("quiet"), width: 56, overflow: "truncate", interval: apart(lanes.length) },
      splitLine: { show: false },
    }),
    dataZoom: [
      { ...slider, xAxisIndex: 0, height: 18, bottom: 8, labelFormatter: (at) => `${Math.round(at)} ${words.seconds}` },
      { ...slider, yAxisIndex: 0, width: 16, right: 4, showDetail: false },
      { type: "inside", xAxisIndex: 0, ...zoom, zoomOnMouseWheel: "ctrl", preventDefaultMouseMove: false, disabled: isCoarse },
    ],
    series: [
      { type: "line", data: [], silent: true, markArea: { silent: true, data: shades() } },
      {
        type: "custom",
        data,
        encode: { x: [1, 2], y: 0 },
        clip: true,
        renderItem: stretch(),
        progressive: 0,
      },
    ],
  };
}

function shades() {
  const phases = charts.house.phases.map((one, place) => [
    {
      name: one.until_s - one.since_s < LABELLED * charts.house.until_s ? "" : names.phase[one.name],
      xAxis: one.since_s,
      itemStyle: { color: place % 2 ? "transparent" : colour("stripe") },
      label: { color: colour("quiet"), position: "top" },
    },
    { xAxis: one.until_s },
  ]);
  const faults = charts.house.faults.map((one) => [
    {
      name: one.name,
      xAxis: one.since_s,
      itemStyle: { color: colour("fault") },
      label: { color: colour("no-go"), position: "insideTop" },
    },
    { xAxis: one.until_s },
  ]);
  return [...phases, ...faults];
}

/** Draws one stretch. Colours are asked for once: this runs for each of thousands in every frame. */
function stretch() {
  const steps = charts.steps.map((_, place) => colour(`step-${place}`));
  const [seat, polls, wrong] = ["seat", "polls", "no-go"].map(colour);
  const fill = (what, wentWell) => {
    if (what === SEAT) return seat;
    if (what === POLL) return polls;
    return wentWell ? steps[what] : wrong;
  };
  return ({ coordSys }, api) => {
    const lane = api.value(0);
    const [left, y] = api.coord([api.value(1), lane]);
    const [right] = api.coord([api.value(2), lane]);
    const what = api.value(3);
    const full = api.size([0, 1])[1];
    const tall = Math.max(0.8, full * (what === SEAT ? 0.9 : what === POLL ? 0.25 : 0.6));
    const wide = Math.max(what === END ? 2 : 0.7, right - left);
    const shape = clip({ x: left, y: y - tall / 2, width: wide, height: tall }, coordSys);
    return shape && { type: "rect", shape, style: { fill: fill(what, api.value(4)) } };
  };
}

function told([lane, from, to, what, wentWell, text]) {
  const titles = { [SEAT]: words.seated, [POLL]: words.polled, [END]: words.ended };
  const title = titles[what] ?? names.step[charts.steps[what]];
  const span = what === END ? precise.format(from) : `${precise.format(from)} – ${precise.format(to)}`;
  return element(
    "div",
    "tip",
    element("strong", "", charts.house.lanes[lane].user),
    element("p", "", `${title} ${wentWell || what === END ? "" : `(${words.wrong}) `}${span} ${words.seconds}`),
    ...(text ? [element("p", "", text)] : []),
  );
}
