// The ladder: what Parley gives up as a budget nears its end, said once for each step.

import { get } from "./api.js";
import { $, announce } from "./dom.js";

export const STEPS = {
  full: ["Everything", "Nothing is given up."],
  fewer_frames: ["Fewer frames", "The budget nears its end: fewer frames are kept, and none is described ahead."],
  cheaper: ["Cheapest tier", "The budget nears its end: only the cheapest tier answers."],
  text_only: ["Text only", "The budget nears its end: answers are written, not spoken."],
  refused: ["Refused", "The budget is used up: questions are refused until more is added, or the month turns."],
};

const LOOK_EVERY_MS = 15_000;

export class Ladder {
  #step = "full";
  #lookedAt = -LOOK_EVERY_MS;

  /** Say it where the step is another one than before; may be called as often as one likes. */
  async look() {
    if (performance.now() - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = performance.now();
    let step;
    try {
      ({ step } = await get("/v1/budget"));
    } catch {
      return; // the next look comes soon
    }
    if (step === this.#step) return;
    const wasBelow = this.#step !== "full";
    this.#step = step;
    const line = $("ladder");
    line.dataset.step = step;
    line.hidden = step === "full" && !wasBelow;
    line.textContent = step === "full" ? "The budget has room again: nothing is given up." : STEPS[step]?.[1] ?? step;
    announce(line.textContent);
  }
}
