// Price tags: what an answer cost by leg, and how they are kept up to date.

import { usd } from "./format.js";

export const LEGS = {
  heard: "heard", seen: "seen", found: "found", answered: "answered", spoken: "spoken", adjusted: "corrected by hand",
};

/** Costs come into the ledger some time after what they are of: these pauses, then no more. */
const LOOK_AFTER_MS = [4_000, 12_000, 40_000];

/** Which of a tag's two amounts counts: where all models are local, the one at list prices. */
export function amountOf(tag) {
  const isList = !Number(tag.cost_usd) && Number(tag.estimate_usd) > 0;
  return { amount: isList ? tag.estimate_usd : tag.cost_usd, isList };
}

/** Such as "found $0.00002 · answered $0.0012"; "" where nothing was counted. */
export function legsInWords(tag) {
  const { isList } = amountOf(tag);
  return tag.legs
    .map((leg) => `${LEGS[leg.leg] ?? leg.leg} ${leg.confirmed === false ? "at most " : ""}${usd(isList ? leg.estimate_usd : leg.cost_usd)}`)
    .join(" · ");
}

/** Such as "$0.0012", or "$0 ($0.0012 at list prices)". */
export function totalInWords(tag) {
  const { amount, isList } = amountOf(tag);
  return isList ? `$0 (${usd(amount)} at list prices)` : usd(amount);
}

/** What is not one answer's: speech that was listened to, the screen. "" where there is none. */
export function sharedInWords(costs) {
  const words = legsInWords(costs.shared);
  return words && `${words} for the whole session`;
}

/** Reads costs when something happened, and some times after it; ends with its signal. */
export class CostWatch {
  #read;
  #told;
  #signal;
  #step = 0;
  #timer = null;

  /**
   * @param {() => Promise<object>} read a session's costs, as contracts.http.SessionCosts
   * @param {(costs: object) => void} told of each
   */
  constructor(read, told, signal) {
    this.#read = read;
    this.#told = told;
    this.#signal = signal;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Something happened that costs. */
  soon() {
    if (this.#step > 0) clearTimeout(this.#timer);
    else if (this.#timer !== null) return;
    this.#step = 0;
    this.#plan();
  }

  #plan() {
    if (this.#signal.aborted) return;
    this.#timer = setTimeout(() => void this.#look(), LOOK_AFTER_MS[this.#step]);
  }

  async #look() {
    const step = this.#step;
    try {
      const costs = await this.#read();
      if (!this.#signal.aborted) this.#told(costs);
    } catch {
      // Shown the next time: a price tag is no reason to interrupt anybody.
    }
    if (this.#step !== step) return;
    this.#timer = null;
    this.#step = step + 1;
    if (this.#step < LOOK_AFTER_MS.length) this.#plan();
    else this.#step = 0;
  }
}
