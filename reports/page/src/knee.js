/** A capacity search: users against lateness, loss and processor time, with the knee between. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, whole, words } from "./data.js";
import { colour } from "./theme.js";

const CROSS = "path://M2 0 5 3 8 0 10 2 7 5 10 8 8 10 5 7 2 10 0 8 3 5 0 2z";
const MARKS = { none: "circle", target: CROSS, generator: "triangle", evidence: "diamond", time: "diamond", stopped: "diamond" };
const CURVES = {
  delivery: { unit: "ms", of: (trial) => trial.delivery_p95_ms, paint: "accent" },
  loss: { unit: "%", of: (trial) => (trial.owed ? (100 * trial.lost) / trial.owed : null), paint: "no-go" },
  cpu: { unit: "%", of: (trial) => (trial.cpu === null ? null : 100 * trial.cpu), paint: "step-3" },
};

export function drawKnee() {
  for (const [key, curve] of Object.entries(CURVES)) draw(`knee-${key}`, () => option(curve), { height: 240 });
}

function option({ unit, of, paint }) {
  const trials = [...charts.trials].sort((one, other) => one.users - other.users);
  const { holds, breaks } = charts.knee;
  return {
    grid: { left: 60, right: 20, top: 20, bottom: 44 },
    legend: { show: false },
    tooltip: tooltip({ trigger: "item", formatter: ({ dataIndex, value }) => told(trials[dataIndex], value[1], unit) }),
    xAxis: axis({ name: words.users, min: 0 }),
    yAxis: axis({ name: unit, nameGap: 44, min: 0 }),
    series: [
      {
        type: "line",
        lineStyle: { width: 1.5 },
        itemStyle: { color: colour(paint) },
        data: trials.map((trial) => ({ value: [trial.users, of(trial)], symbol: MARKS[trial.limit], symbolSize: trial.limit === "none" ? 7 : 11 })),
        markArea: breaks === null ? undefined : {
          silent: true,
          itemStyle: { color: colour("no-go"), opacity: 0.12 },
          data: [[{ xAxis: holds }, { xAxis: breaks }]],
        },
      },
    ],
  };
}

function told(trial, value, unit) {
  const place = document.createElement("div");
  place.textContent = `${words.house.replace("USERS", whole.format(trial.users))}: ${whole.format(value)} ${unit} · ${trial.verdict}`;
  return place;
}
