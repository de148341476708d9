/** Sender by recipient: a cell for each pair, and beside it the share that each user lost. */

import { bytes, charts, element, ms, names, words } from "./data.js";
import { colour, onTheme } from "./theme.js";

// reports/page/pairs.py: Cell and SOON_MS.
const SOON_MS = [100, 250, 500, 1000, 2000, 5000];
const LATE = 7;
const CODES = ["not_owed", ...SOON_MS.map((_, i) => `soon-${i}`), "late", "repeated", "unproven", "unsent", "missing"];
const MISSING = CODES.length - 1;
const STRIP_PX = 18;
const GAP_PX = 4;
const SIDE_MAX = 680;
// A cell of a small house need not be larger than this.
const CELL_MAX = 40;

export function drawMap(show) {
  const canvas = document.getElementById("map");
  if (!canvas) return;
  const map = new PairsMap(canvas);
  offerLegend(map.codes());
  map.paint();
  onTheme(() => map.paint());
  new ResizeObserver(() => map.paint()).observe(canvas.parentElement);
  const hover = document.getElementById("map-hover");
  canvas.addEventListener("pointermove", (event) => {
    const cell = map.at(event);
    if (cell) hover.textContent = told(cell);
  });
  canvas.addEventListener("click", (event) => {
    const cell = map.at(event);
    if (cell) show(cell.sender);
  });
}

function told({ sender, recipient, code }) {
  return `${charts.users[sender]} → ${charts.users[recipient]}: ${label(code)}`;
}

function label(code) {
  if (code === 0 || code >= LATE) return names.cell[CODES[code]];
  return `${names.cell.received}, ${ms(words.within, SOON_MS[code - 1])}`;
}

function offerLegend(codes) {
  const legend = document.getElementById("map-legend");
  legend.replaceChildren(
    ...codes.map((code) => element("li", "", element("span", `swatch ${CODES[code]}`), label(code))),
  );
}

class PairsMap {
  constructor(canvas) {
    this.canvas = canvas;
    this.size = charts.users.length;
    this.cells = bytes(charts.pairs.cells);
    this.lost = this.shares();
  }

  /** The codes that occur, in their order. */
  codes() {
    return CODES.map((_, code) => code).filter((code) => this.cells.includes(code));
  }

  /** The share of cells that are lost, of each sender and of each recipient. */
  shares() {
    const of = { sender: new Float64Array(this.size), recipient: new Float64Array(this.size) };
    this.cells.forEach((code, place) => {
      if (code !== MISSING) return;
      of.sender[Math.floor(place / this.size)] += 1 / this.size;
      of.recipient[place % this.size] += 1 / this.size;
    });
    return of;
  }

  paint() {
    const scale = devicePixelRatio || 1;
    const side = Math.min(this.canvas.parentElement.clientWidth, SIDE_MAX, this.size * CELL_MAX + STRIP_PX + GAP_PX);
    this.square = Math.max(0, side - STRIP_PX - GAP_PX);
    Object.assign(this.canvas, { width: side * scale, height: side * scale });
    Object.assign(this.canvas.style, { width: `${side}px`, height: `${side}px` });
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.picture(Math.floor(this.square * scale)), 0, 0, this.square, this.square);
    this.strips(context);
  }

  /** The cells as pixels; where several share one, the worst of them is shown. */
  picture(mostPx) {
    const px = Math.max(1, Math.min(this.size, mostPx));
    const worst = new Uint8Array(px * px);
    this.cells.forEach((code, place) => {
      const y = Math.floor((Math.floor(place / this.size) * px) / this.size);
      const x = Math.floor(((place % this.size) * px) / this.size);
      worst[y * px + x] = Math.max(worst[y * px + x], code);
    });
    const picture = element("canvas");
    Object.assign(picture, { width: px, height: px });
    const context = picture.getContext("2d", { willReadFrequently: true });
    const image = context.createImageData(px, px);
    const palette = CODES.map((name) => components(context, colour(`cell-${name}`)));
    worst.forEach((code, place) => image.data.set(palette[code], place * 4));
    context.putImageData(image, 0, 0);
    return picture;
  }

  strips(context) {
    const step = this.square / this.size;
    context.fillStyle = colour("stripe");
    context.fillRect(this.square + GAP_PX, 0, STRIP_PX, this.square);
    context.fillRect(0, this.square + GAP_PX, this.square, STRIP_PX);
    context.fillStyle = colour("cell-missing");
    const thick = Math.max(step, 1);
    for (let place = 0; place < this.size; place += 1) {
      context.fillRect(this.square + GAP_PX, place * step, this.lost.sender[place] * STRIP_PX, thick);
      context.fillRect(place * step, this.square + GAP_PX, thick, this.lost.recipient[place] * STRIP_PX);
    }
  }

  /** The cell under a pointer, if there is one. */
  at({ offsetX, offsetY }) {
    const [recipient, sender] = [offsetX, offsetY].map((px) => Math.floor((px / this.square) * this.size));
    if (recipient < 0 || sender < 0 || recipient >= this.size || sender >= this.size) return null;
    return { sender, recipient, code: this.cells[sender * this.size + recipient] };
  }
}

function components(context, css) {
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}
