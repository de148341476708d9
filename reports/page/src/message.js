/** One message's way through its stages, and to each of its recipients. */

import { axis, draw, tooltip } from "./chart.js";
import { charts, element, ms, names, numbers, precise, whole, words } from "./data.js";
import { colour } from "./theme.js";

// reports/page/ways.py
const SLOWEST_MS = 0x7f00;
const UNPROVEN = 0x7f02;
const MISSING = 0x7f03;
const BY_POLL = 0x8000;
const NAMED_MAX = 40;
const POINTS_MIN = 2;

const { ways, told } = charts.ways;
const labels = ways.map((way) => `${charts.users[way.author]}#${way.number}`);

/** What to call with a sender's place, to show the message of hers that lost most. */
export function offerMessages() {
  const form = document.getElementById("message-form");
  if (!form) return () => {};
  const field = document.getElementById("message-name");
  document.getElementById("message-names").append(...[...new Set(labels)].map((text) => new Option(text, text)));
  const open = (place) => {
    if (place >= 0) field.value = labels[place];
    show(place);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const sought = field.value.trim();
    open(ways.findIndex((way, place) => labels[place] === sought || way.message_id === sought));
  });
  document.getElementById("message-worst").addEventListener("click", () => open(worst(ways.keys())));
  open(worst(ways.keys()));
  return (sender) => {
    open(worst([...ways.keys()].filter((place) => ways[place].author === sender)));
    document.getElementById("message").scrollIntoView({ block: "nearest" });
  };
}

/** Of these messages the one that lost most; the slowest where none lost anything. */
function worst(places) {
  const harm = ({ lost, slowest_ms: slowest }) => lost * 1e9 + (slowest ?? 1e9);
  return [...places].reduce((found, place) => (found < 0 || harm(ways[place]) > harm(ways[found]) ? place : found), -1);
}

function show(place) {
  const panel = document.getElementById("message");
  if (place < 0) {
    panel.replaceChildren(element("p", "none", words.unknown));
    return;
  }
  const way = ways[place];
  const arrivals = arrivalsOf(place);
  panel.replaceChildren(title(way, place), stages(way), ...(arrivals ? recipients(arrivals) : [element("p", "none", words.too_many)]));
  if (arrivals) drawArrivals(arrivals.filter((one) => one.latency !== null));
}

function title(way, place) {
  const id = way.message_id === null ? "" : ` · ${way.message_id}`;
  return element("h4", "", element("bdi", "", labels[place]), id);
}

function stages(way) {
  const after = (took) => (took === null ? "–" : `+ ${precise.format(took)} ms`);
  const lines = [
    [words.clicked, `${precise.format(way.clicked_s)} ${words.seconds}`],
    [words.requested, after(way.requested_ms)],
    [words.answered, `${after(way.accepted_ms)} ${way.answer}`],
    [words.outcome, names.fate[way.fate]],
    [words.arrived, `${whole.format(way.owed - way.lost - way.unproven)} ${words.owed} ${whole.format(way.owed)}`],
    [words.half, way.p50_ms === null ? "–" : ms(words.within, way.p50_ms)],
    [words.last, way.slowest_ms === null ? "–" : `${precise.format(way.slowest_ms)} ms`],
  ];
  return element("ol", "way", ...lines.map(([name, value]) => element("li", "", element("span", "quiet", name), element("strong", "", value))));
}

/** Each recipient who was owed the message or got it; null where the page was not given them. */
function arrivalsOf(place) {
  const row = told.indexOf(place);
  if (row < 0) return null;
  const size = charts.users.length;
  return [...packed().subarray(row * size, (row + 1) * size)]
    .map((code, user) => ({ user, code, latency: latencyOf(code), isByPoll: code >= BY_POLL }))
    .filter(({ code, latency }) => latency !== null || code === MISSING || code === UNPROVEN);
}

let unpacked = null;
function packed() {
  return (unpacked ??= numbers(charts.ways.arrivals));
}

function latencyOf(code) {
  const latency = code & (BY_POLL - 1);
  return latency <= SLOWEST_MS ? latency : null;
}

function recipients(arrivals) {
  const missing = arrivals.filter(({ code }) => code === MISSING);
  const slowest = arrivals.filter(({ latency }) => latency !== null).sort((one, other) => other.latency - one.latency);
  const lost = missing.length ? [element("p", "lost", element("strong", "", `${words.lost}: `), list(missing.map(({ user }) => charts.users[user])))] : [];
  const rows = slowest.slice(0, NAMED_MAX).map((one) => element("li", "", element("bdi", "", charts.users[one.user]), ` ${outcome(one)}`));
  const place = element("div", "chart");
  place.id = "message-chart";
  place.setAttribute("aria-hidden", "true");
  return [...lost, place, element("ul", "raw columns-3", ...rows)];
}

function outcome({ latency, isByPoll }) {
  const took = latency === SLOWEST_MS ? ms(words.beyond, latency) : `${whole.format(latency)} ms`;
  return isByPoll ? `${took}, ${names.via.poll}` : took;
}

function list(users) {
  const more = users.length > NAMED_MAX ? ` ${words.more} ${whole.format(users.length - NAMED_MAX)}` : "";
  return users.slice(0, NAMED_MAX).join(", ") + more;
}

function drawArrivals(arrivals) {
  if (arrivals.length < POINTS_MIN) {
    document.getElementById("message-chart").remove();
    return;
  }
  const ordered = arrivals.map(({ latency }) => latency).sort((one, other) => one - other);
  draw(
    "message-chart",
    () => ({
      tooltip: tooltip({ trigger: "axis", valueFormatter: (latency) => `${whole.format(latency)} ms` }),
      xAxis: axis({ min: 1, max: ordered.length, name: words.order, minInterval: 1 }),
      yAxis: axis({ name: "ms", nameGap: 40 }),
      series: [{ type: "line", showSymbol: false, areaStyle: { opacity: 0.08 }, itemStyle: { color: colour("accent") }, data: ordered.map((latency, place) => [place + 1, latency]) }],
    }),
    { height: 200 },
  );
}
