// The conversation: what was said, and each question's answer with what it stands on.

import { $, announce, el } from "./dom.js";
import { clock, count, percent, REFUSED, took, usd } from "./format.js";
import { Opinion } from "./opinion.js";
import { legsInWords, totalInWords } from "./price.js";
import { writtenNodes } from "./written.js";

const NEAR_PX = 80;

export class Talk {
  /** @param {(source: object) => void} showSource */
  constructor(showSource, mayWrite) {
    this.showSource = showSource;
    this.mayWrite = mayWrite;
    this.opinions = new Map(); // turn_id -> Opinion
    this.rows = new Map(); // key -> {node, said}
    this.spoken = new Set(); // answers that were announced, or there before we looked
    this.first = true;
    $("only-answers").addEventListener("change", (event) =>
      $("lines").classList.toggle("only-answers", event.target.checked));
  }

  clear() {
    this.rows.clear();
    this.opinions.clear();
    this.spoken.clear();
    this.first = true;
    $("lines").replaceChildren();
  }

  show(story) {
    const box = $("conversation");
    const follow = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    const items = inOrder(story);
    let before = null;
    for (const item of items) {
      const node = this.#row(item, story);
      const next = before ? before.nextSibling : $("lines").firstChild;
      if (node !== next) $("lines").insertBefore(node, next);
      before = node;
    }
    while (before && before.nextSibling) before.nextSibling.remove();
    this.#announce(story);
    if (follow) box.scrollTop = box.scrollHeight;
  }

  #row(item, story) {
    // What is thought of an answer is shown in place: a row made anew would take the focus away.
    const said = JSON.stringify(item, (key, value) => (key === "feedback" ? undefined : value));
    const known = this.rows.get(item.key);
    if (item.turn) this.opinions.get(item.turn.turn_id)?.show(item.turn.feedback);
    if (known?.said === said) return known.node;
    const node = item.turn ? this.#turn(item, story) : utterance(item);
    const wasOpen = known?.node.querySelector("details")?.open;
    const details = node.querySelector("details");
    if (details && wasOpen) details.open = true;
    known?.node.replaceWith(node);
    this.rows.set(item.key, { node, said });
    return node;
  }

  #turn({ turn, at_ms }, story) {
    const parts = [
      el("p", { class: "question" }, stamp(at_ms), el("span", { class: "speaker" }, turn.speaker || "chat"), " ",
        el("span", { class: "words" }, turn.text || "…"),
        turn.channel === "chat" && el("span", { class: "badge" }, "chat")),
    ];
    if (turn.state === "pending") {
      parts.push(el("p", { class: "answer pending" }, turn.draft || "Thinking…"));
    } else if (turn.state === "superseded") {
      parts.push(el("p", { class: "answer muted" }, "A newer question took its place."));
    } else {
      parts.push(this.#answer(turn, story));
    }
    return el("li", { class: `turn ${turn.state}${turn.abstained ? " abstained" : ""}`, data: { turn: turn.turn_id } }, parts);
  }

  #answer(turn, story) {
    const refused = turn.state === "refused";
    return el("div", { class: "answer" },
      el("p", { class: "verdict" }, refused ? `No answer: ${REFUSED[turn.refused] ?? "refused"}` : turn.abstained ? "Not in the documents or on the screen" : "Parley"),
      turn.channel === "chat"
        ? el("div", { class: "words written-answer" }, writtenNodes(turn.answer ?? ""))
        : el("p", { class: "words" }, turn.answer ?? ""),
      turn.interrupted_at_chars !== null && turn.interrupted_at_chars !== undefined &&
        el("p", { class: "muted" }, "Somebody spoke over it; the rest was not heard."),
      turn.sources.length > 0 && el("ul", { class: "sources", aria: { label: "What this stands on" } },
        turn.sources.map((source) => el("li", {}, this.#source(source)))),
      turn.price && el("p", { class: "price", title: "What this answer cost, by what was done for it" },
        el("strong", {}, totalInWords(turn.price)), ` ${legsInWords(turn.price)}`),
      el("details", { class: "route" },
        el("summary", {}, summaryOf(turn)),
        route(turn)),
      this.mayWrite && this.#opinion(turn, story),
    );
  }

  #opinion(turn, story) {
    let opinion = this.opinions.get(turn.turn_id);
    if (!opinion) {
      opinion = new Opinion(story.id, turn.turn_id, turn.text);
      opinion.show(turn.feedback);
      this.opinions.set(turn.turn_id, opinion);
    }
    return opinion.node;
  }

  #source(source) {
    const name = source.kind === "passage"
      ? source.document + (source.page === null ? "" : `, page ${source.page}`)
      : `Screen at ${clock(source.screen_at_ms)}`;
    return el("button", {
      type: "button", class: `chip ${source.kind}`, title: source.quote,
      on: { click: () => this.showSource(source) },
    }, name);
  }

  #announce(story) {
    for (const turn of story.turns.values()) {
      if (turn.answer === null || this.spoken.has(turn.turn_id)) continue;
      this.spoken.add(turn.turn_id);
      if (!this.first) announce(`Answer to “${turn.text}”: ${turn.answer}`);
    }
    this.first = false;
  }
}

/** Speech, and questions at the place where they were asked. */
function inOrder(story) {
  const items = [];
  for (const one of story.utterances.values()) {
    if (!(one.turn_id && story.turns.has(one.turn_id))) {
      items.push({ key: `u/${one.speaker}/${one.start_ms}`, at_ms: one.start_ms, ...one });
    }
  }
  for (const turn of story.turns.values()) {
    items.push({ key: `t/${turn.turn_id}`, at_ms: turn.asked_at_ms ?? story.reached, turn });
  }
  return items.sort((a, b) => a.at_ms - b.at_ms || (a.key < b.key ? -1 : 1));
}

function utterance({ at_ms, speaker, text }) {
  return el("li", { class: "utterance" }, stamp(at_ms), el("span", { class: "speaker" }, speaker), " ",
    el("span", { class: "words" }, text));
}

const stamp = (ms) => el("time", { class: "stamp" }, clock(ms));

function summaryOf(turn) {
  const last = turn.attempts.at(-1);
  const parts = [];
  if (last) parts.push(last.model.replace(/^local:/, ""));
  if (turn.confidence !== null && turn.confidence !== undefined) parts.push(`${percent(turn.confidence)} sure`);
  if (!turn.price) parts.push(usd(turn.cost_usd));
  if (turn.latency_ms.total !== undefined) parts.push(took(turn.latency_ms.total));
  return parts.join(" · ");
}

/** How the answer came about: each attempt, why it stood or fell, and where the time went. */
function route(turn) {
  return el("div", { class: "route-body" },
    turn.attempts.length === 0
      ? el("p", { class: "muted" }, "No model was asked.")
      : el("div", { class: "table-box", tabIndex: 0, role: "region", aria: { label: "Attempts" } }, el("table", {},
        el("caption", {}, count(turn.attempts.length, "attempt")),
        el("thead", {}, el("tr", {}, ["Tier", "Model", "Outcome", "Confidence", "Why", "Tokens", "Cost", "Time"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, turn.attempts.map((one) => el("tr", {},
          el("td", {}, one.tier), el("td", {}, one.model), el("td", {}, one.outcome.replace("_", " ")),
          el("td", {}, one.confidence === null ? "–" : percent(one.confidence)), el("td", {}, one.why),
          el("td", {}, `${one.tokens_in} → ${one.tokens_out}`), el("td", {}, usd(one.cost_usd)),
          el("td", {}, took(one.took_ms))))))),
    turn.taken_as?.length > 0 && el("ul", { class: "why heard", aria: { label: "How words were understood" } },
      turn.taken_as.map((one) => el("li", {}, `Heard “${one.heard}”, taken as “${one.taken}”`))),
    turn.retrieval && el("p", { class: "why" }, el("strong", {}, "Passages found by: "), foundBy(turn.retrieval)),
    turn.why && el("p", { class: "why" }, el("strong", {}, "Confidence rests on: "), turn.why),
    turn.missing?.length > 0 && el("p", { class: "why" }, `Did not come in time: ${turn.missing.join(", ")}`),
    latency(turn.latency_ms));
}

/** What found the passages, and what put them into their order. */
function foundBy({ embedding, rerank }) {
  const found = { failed: "words alone, as no model answered", "": "words alone, as nothing was there to compare" }[embedding] ?? `${embedding} and words`;
  const order = { failed: "in the fused order, as the reranker did not answer", "": "in the fused order" }[rerank] ?? `reranked by ${rerank}`;
  return `${found}; ${order}`;
}

function latency(parts) {
  const { total, ...others } = parts;
  if (total === undefined) return null;
  const longest = Math.max(total, ...Object.values(others), 1);
  return el("dl", { class: "latency", aria: { label: "Latency by part" } },
    [...Object.entries(others), ["total", total]].flatMap(([name, ms]) => {
      const bar = el("span", { class: "bar" });
      bar.style.inlineSize = `${Math.max(1, (100 * ms) / longest)}%`;
      return [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, el("span", { class: "bar-box" }, bar), took(ms))];
    }));
}
