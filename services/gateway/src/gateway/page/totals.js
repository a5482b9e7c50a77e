// Running totals: frames seen and kept, questions, money.

import { $, el } from "./dom.js";
import { percent, usd } from "./format.js";
import { sharedInWords } from "./price.js";

export function showTotals(story) {
  const all = story.totals;
  const kept = Math.max(story.frames.size, all?.frames.kept ?? 0);
  const seen = Math.max(all?.frames.seen ?? 0, kept);
  const turns = [...story.turns.values()];
  const answered = turns.filter((turn) => turn.state === "answered" && !turn.abstained).length;
  const cost = all?.cost;
  const spent = story.costs ?? cost; // the costs are asked for more often
  const local = cost && !Number(cost.spent_usd) && Number(cost.estimate_usd);
  const cells = [
    ["Frames seen", seen.toLocaleString("en"), ""],
    ["Frames kept", kept.toLocaleString("en"), seen ? `${percent(kept / seen)} of them` : ""],
    ["Questions", String(turns.length), turns.length ? `${answered} answered` : ""],
    ["Spent", spent ? usd(spent.cost_usd ?? spent.spent_usd) : "–", spentNote(story, cost)],
    ["Baseline", cost?.baseline_usd ? usd(cost.baseline_usd) : "–", cost?.baseline_usd ? "without Parley" : "", cost?.baseline],
    ["Saved", cost?.saving_ratio !== null && cost?.saving_ratio !== undefined ? percent(cost.saving_ratio) : "–", local ? "of list prices" : "", cost?.saving_note],
  ];
  $("totals").replaceChildren(...cells.map(([name, value, note, title]) =>
    el("div", { class: "total", title: title ?? "" }, el("dt", {}, name),
      el("dd", {}, el("span", { class: "figure" }, value), note && el("span", { class: "note" }, note)))));
}

/** At list prices, where all models are local; and what is no single answer's. */
function spentNote(story, cost) {
  const whole = story.costs ?? cost;
  if (!whole) return "";
  const isLocal = !Number(whole.cost_usd ?? whole.spent_usd) && Number(whole.estimate_usd);
  const shared = story.costs ? sharedInWords(story.costs) : "";
  return [isLocal ? `${usd(whole.estimate_usd)} at list prices` : "", shared && `of it ${shared}`].filter(Boolean).join("; ");
}
