// The dashboard's budget: what is left of it, where the month is going, and what was told of it.

import { el, $ } from "./dom.js";
import { usd } from "./format.js";
import { STEPS } from "./ladder.js";
import { LEGS } from "./price.js";

const LEG_OF_KIND = {
  stt: "heard", ocr: "seen", vision: "seen", embedding: "found", rerank: "found", llm: "answered", tts: "spoken",
};
const FORECAST_RULE = "spent so far ÷ the part of the month that has passed; from one day on";

const percentOf = (part, whole) => Math.min(100, whole > 0 ? (100 * part) / whole : 100);

export function showBudget(state, problem) {
  if (!state) {
    $("budget").replaceChildren(el("p", { class: "muted" }, problem));
    return;
  }
  const [spent, held, credit] = [state.spent_usd, state.held_usd, state.credit_usd].map(Number);
  const whole = state.limit_usd === null ? null : Number(state.limit_usd) + credit;
  const left = whole === null ? null : Math.max(0, whole - spent - held);
  const over = whole !== null && state.forecast_usd !== null && Number(state.forecast_usd) > whole;
  const facts = [
    ["Budget", whole === null ? "No limit" : usd(whole), credit && whole !== null ? `${usd(state.limit_usd)} and ${usd(credit)} of credit` : ""],
    ["Spent", usd(spent), state.month],
    ["Held", usd(held), "for calls under way"],
    ["Left", left === null ? "–" : usd(left), ""],
    ["Forecast", state.forecast_usd === null ? "–" : usd(state.forecast_usd), over ? "more than the budget" : ""],
  ];
  $("budget").replaceChildren(
    ...(whole === null ? [] : [bar(spent, held, whole)]),
    el("dl", { class: "budget-facts" }, facts.map(([name, value, note]) => el("div", { class: name === "Forecast" && over ? "over" : "" },
      el("dt", {}, name), el("dd", {}, el("span", { class: "figure" }, value), note && el("span", { class: "note" }, note))))),
    el("p", { class: "note" }, `Forecast: ${FORECAST_RULE}. Month by the clock of ${state.budget.time_zone}. `,
      whole === null ? "Set a budget with parley budgets set." : state.budget.hard ? "At its end calls are refused." : "Nothing is refused at its end, only told.",
      state.applied ? "" : " The newest change is on its way to every service."),
    ...(whole === null ? [] : [ladder(state)]));
}

/** Spent and held of the whole; its words are those of the list below it. */
function bar(spent, held, whole) {
  const part = (name, from, to) => {
    const node = el("span", { class: `budget-part ${name}` });
    node.style.inlineSize = `${percentOf(to, whole) - percentOf(from, whole)}%`;
    return node;
  };
  return el("div", {
    class: "budget-bar", role: "meter",
    aria: { label: "Spent and held of the budget", valuemin: 0, valuemax: 100, valuenow: Math.round(percentOf(spent + held, whole)), valuetext: `${usd(spent)} spent and ${usd(held)} held of ${usd(whole)}` },
  }, part("spent", 0, spent), part("held", spent, spent + held));
}

function ladder({ step, budget }) {
  const from = { full: 0, ...budget.ladder, refused: 100 };
  const names = Object.keys(STEPS).filter((name) => name !== "refused" || budget.hard);
  return el("ol", { class: "ladder", aria: { label: "Steps as the budget nears its end" } }, names.map((name) =>
    el("li", { title: STEPS[name][1], aria: name === step ? { current: "step" } : {} },
      el("span", {}, STEPS[name][0]), el("span", { class: "note" }, `from ${from[name]} %`))));
}

export function showNotices({ notices }) {
  $("notices").replaceChildren(...(notices.length === 0
    ? [el("li", { class: "muted" }, "Nothing was told yet.")]
    : notices.map((one) => el("li", { class: one.webhook?.state === "given_up" ? "given-up" : "" },
      el("strong", {}, one.kind === "step" ? `Step: ${STEPS[one.step]?.[0] ?? one.step}` : `${one.percent} % of the budget spent`),
      el("p", { class: "note" }, [new Date(one.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }),
        one.limit_usd === null ? `${usd(one.spent_usd)}, no limit any more` : `${usd(one.spent_usd)} of ${usd(one.limit_usd)}`, delivery(one.webhook)].filter(Boolean).join(" · "))))));
}

function delivery(webhook) {
  if (!webhook) return "";
  const tries = `${webhook.attempts} ${webhook.attempts === 1 ? "try" : "tries"}`;
  if (webhook.state === "delivered") return "webhook told";
  if (webhook.state === "given_up") return `webhook given up after ${tries}: ${webhook.problem}`;
  return webhook.problem ? `webhook tried again after ${tries}: ${webhook.problem}` : "webhook waits";
}

/** Rows of the usage report by kind, added up by leg. */
export function showLegs(usage) {
  const sums = Object.fromEntries(Object.keys(LEGS).map((leg) => [leg, [0, 0]]));
  for (const row of usage.rows) {
    const sum = sums[LEG_OF_KIND[row.kind] ?? "adjusted"];
    sum[0] += Number(row.cost_usd);
    sum[1] += Number(row.estimate_usd);
  }
  const rows = Object.entries(sums).filter(([leg, [spent, list]]) => leg !== "adjusted" || spent || list);
  const most = Math.max(...rows.map(([, [spent, list]]) => Math.max(spent, list)), 0) || 1;
  $("legs").replaceChildren(el("div", { class: "table-box", tabIndex: 0, role: "region", aria: { label: "Spend by leg" } }, el("table", {},
    el("thead", {}, el("tr", {}, ["Leg", "", "Spent", "At list prices"].map((name, at) => el("th", { scope: "col", class: at > 1 ? "number" : "" }, name)))),
    el("tbody", {}, rows.map(([leg, [spent, list]]) => {
      const length = el("span", { class: "bar" });
      length.style.inlineSize = `${(100 * (spent || list)) / most}%`;
      return el("tr", {}, el("th", { scope: "row" }, LEGS[leg]), el("td", { class: "leg-bar", aria: { hidden: "true" } }, length),
        el("td", { class: "number" }, usd(spent)), el("td", { class: "number" }, usd(list)));
    })))));
}

export function showAssumptions({ assumptions }) {
  $("assumptions-list").replaceChildren(...assumptions.flatMap((one) => [
    el("dt", {}, one.name),
    el("dd", {}, one.value, one.source && " ", one.source && (URL.canParse(one.source)
      ? el("a", { href: one.source, rel: "noreferrer noopener", target: "_blank" }, "source")
      : el("span", { class: "note" }, one.source)))]));
}
