// Small plots: stacked bars or lines over time steps, each with a table of the same numbers.

import { el, svg } from "./dom.js";

const WIDTH = 560;
const HEIGHT = 190;
const LEFT = 58;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;
const GRID_LINES = 4;
const MOST_LABELS = 7;

/**
 * @param {{kind: "bars"|"lines", label: string, steps: {at: Date, label: string}[],
 *   series: {name: string, values: (number|null)[], dashed?: boolean}[], show: (n: number) => string}} given
 * @returns {Node[]} legend, plot and table.
 */
export function plot({ kind, label, steps, series, show }) {
  const told = series.filter((one) => one.values.some((value) => value));
  if (told.length === 0) return [el("p", { class: "muted" }, "Nothing yet.")];
  const totals = steps.map((_, i) => told.reduce((sum, one) => sum + (one.values[i] ?? 0), 0));
  const most = kind === "bars" ? Math.max(...totals) : Math.max(...told.flatMap((one) => one.values.map((v) => v ?? 0)));
  const top = niceTop(most);
  const x = (i) => LEFT + ((i + 0.5) * (WIDTH - LEFT - RIGHT)) / steps.length;
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const drawing = svg("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${label}; the table below has the numbers` });
  for (let i = 0; i <= GRID_LINES; i += 1) {
    const value = (top * i) / GRID_LINES;
    drawing.append(
      svg("line", { class: i ? "grid" : "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, show(value)));
  }
  const every = Math.ceil(steps.length / MOST_LABELS);
  steps.forEach((step, i) => {
    if (i % every === 0) drawing.append(svg("text", { x: x(i), y: HEIGHT - 6, "text-anchor": "middle" }, step.label));
  });
  (kind === "bars" ? bars : lines)(drawing, told, { x, y, steps });
  return [legend(told), drawing, table(label, steps, series, show)];
}

function bars(drawing, series, { x, y, steps }) {
  const width = Math.min(46, ((WIDTH - LEFT - RIGHT) / steps.length) * 0.72);
  steps.forEach((step, i) => {
    let below = 0;
    series.forEach((one, s) => {
      const value = one.values[i] ?? 0;
      if (!value) return;
      drawing.append(svg("rect", {
        class: `s${(s % 6) + 1}`, x: x(i) - width / 2, y: y(below + value), width, height: y(below) - y(below + value), rx: 1.5,
      }));
      below += value;
    });
  });
}

function lines(drawing, series, { x, y }) {
  series.forEach((one, s) => {
    const points = one.values.map((value, i) => (value === null ? null : [x(i), y(value)]));
    const name = `s${(s % 6) + 1}`;
    const there = points.filter((point) => point !== null);
    drawing.append(svg("polyline", { class: one.dashed ? `${name} dashed` : name, points: there.map((p) => p.map((n) => n.toFixed(1)).join(",")).join(" ") }));
    for (const [cx, cy] of there) drawing.append(svg("circle", { class: name, cx, cy, r: there.length > 60 ? 1.5 : 3 }));
  });
}

function legend(series) {
  return el("ul", { class: "legend", aria: { hidden: "true" } }, series.map((one, s) =>
    el("li", { class: `s${(s % 6) + 1}` }, svg("svg", { viewBox: "0 0 10 10" }, svg("rect", { width: 10, height: 10, rx: 2 })), one.name)));
}

function table(label, steps, series, show) {
  return el("details", { class: "as-table" }, el("summary", {}, "As a table"),
    el("div", { class: "table-box", tabIndex: 0, role: "region", aria: { label } }, el("table", {},
      el("caption", {}, label),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "When"), series.map((one) => el("th", { scope: "col", class: "number" }, one.name)))),
      el("tbody", {}, steps.map((step, i) => el("tr", {}, el("th", { scope: "row" }, step.label),
        series.map((one) => el("td", { class: "number" }, one.values[i] === null ? "–" : show(one.values[i] ?? 0)))))))));
}

/** The next of 1, 2, 4, 6, 8, 10 … above, so that a quarter of it is readable. */
function niceTop(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].map((n) => n * power).find((n) => n >= most - 1e-12) ?? most;
}
