// The dashboard: figures over time, from the usage and activity of the API.

import { allDocuments, get } from "./api.js";
import { showAssumptions, showBudget, showLegs, showNotices } from "./budget.js";
import { letIn } from "./door.js";
import { $, el } from "./dom.js";
import { count, percent, took, usd } from "./format.js";
import { plot } from "./plot.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const REFRESH_MS = 30_000;
const MOST_SERIES = 6;

async function draw() {
  const days = Number($("since").value);
  const by = $("by").value;
  const every = days === 1 ? "hour" : "day";
  const steps = stepsOf(days, every);
  const since = encodeURIComponent(steps[0].at.toISOString());
  void drawBudget();
  let usage, activity, documents, byKind, leftAlone;
  try {
    [usage, byKind, activity, documents, leftAlone] = await Promise.all([
      get(`/v1/usage?by=${by}&every=${every}&since=${since}`),
      get(`/v1/usage?by=kind&since=${since}`),
      get(`/v1/activity?every=${every}&since=${since}`),
      allDocuments(),
      get("/v1/models/left-alone"),
    ]);
  } catch (error) {
    if (error.status === 401) location.reload();
    $("connection").dataset.state = "lost";
    $("connection").textContent = error.message;
    return;
  }
  $("connection").dataset.state = "idle";
  $("connection").textContent = "";
  keepTables(() => {
    showTotals(usage, activity, documents);
    showCost(usage, by, steps);
    showSaving(usage, steps);
    showActivity(activity, steps);
  });
  showLegs(byKind);
  showDocuments(documents);
  showLeftAlone(leftAlone);
  showOpen(activity);
}

/** By itself: while its account is rebuilt a tenant still sees everything else. */
async function drawBudget() {
  try {
    showBudget(await get("/v1/budget"));
    showNotices(await get("/v1/budget/notices"));
    showAssumptions(await get("/v1/usage/assumptions"));
  } catch (error) {
    if (error.status !== 401) showBudget(null, error.message);
  }
}

/** Steps from the first to now, without holes; they begin with UTC's hours and days. */
function stepsOf(days, every) {
  const length = every === "hour" ? HOUR_MS : DAY_MS;
  const last = Math.floor(Date.now() / length) * length;
  const n = every === "hour" ? 24 : days;
  return Array.from({ length: n }, (_, i) => {
    const at = new Date(last - (n - 1 - i) * length);
    const label = every === "hour"
      ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false })
      : at.toLocaleDateString([], { month: "short", day: "numeric", timeZone: "UTC" });
    return { at, label };
  });
}

/** A table that was open stays open when its plot is drawn again. */
function keepTables(redraw) {
  const open = [...document.querySelectorAll(".as-table[open]")].map((one) => one.parentElement.id);
  redraw();
  for (const id of open) document.querySelector(`#${id} .as-table`)?.setAttribute("open", "");
}

function showTotals(usage, { rows }, documents) {
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const [seen, kept, questions, answered, abstained] = ["frames_seen", "frames_kept", "questions", "answered", "abstained"].map(sum);
  const counted = Number(usage.total_usd) || Number(usage.estimate_usd);
  const baseline = Number(usage.baseline_usd ?? 0);
  const cells = [
    ["Spent", usd(usage.total_usd), Number(usage.estimate_usd) ? `${usd(usage.estimate_usd)} at list prices` : ""],
    ["Baseline", baseline ? usd(baseline) : "–", ""],
    ["Saved", usage.saving_ratio === null ? "–" : percent(usage.saving_ratio), baseline ? usd(Math.max(0, baseline - counted)) : "", usage.saving_note],
    ["Frames kept", kept.toLocaleString("en"), seen ? `of ${seen.toLocaleString("en")}, ${percent(kept / seen)}` : ""],
    ["Questions", String(questions), `${answered - abstained} answered, ${questions - answered + abstained} not`],
    ["Documents", String(documents.filter((one) => one.status !== "rejected").length), ""],
  ];
  $("totals").replaceChildren(...cells.map(([name, value, note, title]) => el("div", { class: "total", title: title ?? "" }, el("dt", {}, name),
    el("dd", {}, el("span", { class: "figure" }, value), note && el("span", { class: "note" }, note),
      name === "Saved" && el("a", { class: "note", href: "#assumptions" }, "what it assumes")))));
}

const indexOf = (steps) => new Map(steps.map((step, i) => [step.at.getTime(), i]));

function showCost(usage, by, steps) {
  $("by-name").textContent = by;
  const index = indexOf(steps);
  const byName = new Map();
  for (const row of usage.rows) {
    const name = row[by] ?? "unknown";
    if (!byName.has(name)) byName.set(name, new Array(steps.length).fill(0));
    const i = index.get(Date.parse(row.at));
    if (i !== undefined) byName.get(name)[i] += Number(row.estimate_usd);
  }
  const total = (values) => values.reduce((a, b) => a + b, 0);
  const ranked = [...byName].sort((a, b) => total(b[1]) - total(a[1]));
  const shown = ranked.slice(0, ranked.length > MOST_SERIES ? MOST_SERIES - 1 : MOST_SERIES);
  const rest = ranked.slice(shown.length);
  if (rest.length) shown.push(["others", steps.map((_, i) => rest.reduce((sum, [, values]) => sum + values[i], 0))]);
  draws("cost", { kind: "bars", label: `Cost at list prices by ${by}`, steps, show: usd, series: shown.map(([name, values]) => ({ name, values })) });
}

function showSaving(usage, steps) {
  const index = indexOf(steps);
  const [spent, list, baseline] = [0, 1, 2].map(() => new Array(steps.length).fill(0));
  for (const row of usage.rows) {
    const i = index.get(Date.parse(row.at));
    if (i === undefined) continue;
    spent[i] += Number(row.cost_usd);
    list[i] += Number(row.estimate_usd);
  }
  for (const row of usage.baselines) {
    const i = index.get(Date.parse(row.at));
    if (i !== undefined) baseline[i] += Number(row.baseline_usd);
  }
  draws("saving", {
    kind: "lines", label: "Cost beside the baseline", steps, show: usd,
    series: [{ name: "at list prices", values: list }, { name: "baseline", values: baseline, dashed: true }, { name: "spent", values: spent }],
  });
}

function showActivity({ rows }, steps) {
  const index = indexOf(steps);
  const at = new Map(rows.map((row) => [index.get(Date.parse(row.at)), row]));
  const values = (pick) => steps.map((_, i) => (at.has(i) ? pick(at.get(i)) : 0));
  const maybe = (pick) => steps.map((_, i) => (at.get(i)?.latency_ms ? pick(at.get(i).latency_ms) : null));
  const whole = (n) => n.toLocaleString("en", { maximumFractionDigits: 1 });
  draws("frames", {
    kind: "bars", label: "Frames kept and not kept", steps, show: whole,
    series: [{ name: "kept", values: values((row) => row.frames_kept) }, { name: "seen, not kept", values: values((row) => Math.max(0, row.frames_seen - row.frames_kept)) }],
  });
  draws("latency", {
    kind: "lines", label: "Time to an answer", steps, show: (ms) => took(Math.round(ms)),
    series: [{ name: "half within", values: maybe((one) => one.p50) }, { name: "95 % within", values: maybe((one) => one.p95), dashed: true }],
  });
  draws("questions", {
    kind: "bars", label: "Questions", steps, show: whole,
    series: [
      { name: "answered", values: values((row) => row.answered - row.abstained) },
      { name: "not in the documents", values: values((row) => row.abstained) },
      { name: "refused", values: values((row) => row.refused) },
      { name: "superseded or open", values: values((row) => Math.max(0, row.questions - row.answered - row.refused)) },
    ],
  });
}

const draws = (id, given) => $(id).replaceChildren(...plot(given));

function showDocuments(documents) {
  if (documents.length === 0) {
    $("documents-table").replaceChildren(el("p", { class: "muted" }, "None yet."));
    return;
  }
  $("documents-table").replaceChildren(el("div", { class: "table-box", tabIndex: 0, role: "region", aria: { label: "Table of documents" } }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Name"), el("th", { scope: "col" }, "State"), el("th", { scope: "col", class: "number" }, "Pages"), el("th", { scope: "col", class: "number" }, "Passages"))),
    el("tbody", {}, documents.map((one) => el("tr", { class: one.status }, el("th", { scope: "row", class: "name" }, one.name),
      el("td", {}, one.status === "rejected" ? (one.reason ?? "rejected") : one.status), el("td", { class: "number" }, one.pages ?? "–"), el("td", { class: "number" }, one.passages ?? "–")))))));
}

function showLeftAlone({ models }) {
  if (models.length === 0) {
    $("models").replaceChildren(el("p", { class: "muted" }, "None: no provider's model has failed again and again."));
    return;
  }
  const time = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("models").replaceChildren(
    el("div", { class: "table-box", tabIndex: 0, role: "region", aria: { label: "Table of models that are not asked" } }, el("table", {},
      el("thead", {}, el("tr", {}, ...["Model", "Provider", "Since", "Until", "Why"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, models.map((one) => el("tr", {}, el("th", { scope: "row", class: "name" }, one.model), el("td", {}, one.provider),
        el("td", {}, time(one.since)), el("td", {}, time(one.until)), el("td", {}, one.reason?.replaceAll("_", " ") ?? "it failed again and again")))))),
    el("p", { class: "note" }, "Other models answer in their place, whoever asks."));
}

function showOpen({ open_questions: open, truncated }) {
  $("open").replaceChildren(
    ...open.map((one) => el("li", {},
      el("a", { href: `/#session=${one.session_id}` }, one.text || "…"),
      el("p", { class: "note" }, `${new Date(one.asked_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })} · ${one.why === "abstained" ? "not in the documents or on the screen" : "refused"} · ${one.answer}`))),
    ...(open.length === 0 ? [el("li", { class: "muted" }, "None: every question got an answer.")] : []),
    ...(truncated ? [el("li", { class: "muted" }, `Older sessions than the newest ${count(200, "session")} are not counted.`)] : []));
}

// Last: everything above is there when it runs.
await letIn();
$("since").addEventListener("change", draw);
$("by").addEventListener("change", draw);
setInterval(() => !document.hidden && draw(), REFRESH_MS);
await draw();
