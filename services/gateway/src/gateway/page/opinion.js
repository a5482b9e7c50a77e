// What one thinks of an answer: right or wrong, and a word about it if one likes.

import { call } from "./api.js";
import { el } from "./dom.js";

const MOST_CHARS = 1_000;
/** An answer is seen before it is on record: how often, and how long, it is waited for. */
const NOT_YET_MS = [800, 1_600, 3_200];

const SAID = { good: "Noted as right.", bad: "Noted as wrong." };

/** The control of one answer. Its node stays the same, so that nobody is interrupted in writing. */
export class Opinion {
  constructor(sessionId, turnId, question) {
    this.path = `/v1/sessions/${sessionId}/messages/${turnId}/feedback`;
    this.given = null;
    const choice = (rating, text, name) => el("button", {
      type: "button", class: "quiet", aria: { pressed: "false", label: `${name}: ${question}` },
      on: { click: () => this.#give(rating, this.given?.comment ?? "") },
    }, text);
    this.buttons = { good: choice("good", "Right", "This answer is right"), bad: choice("bad", "Wrong", "This answer is wrong") };
    this.comment = el("input", { type: "text", maxLength: MOST_CHARS, placeholder: "Add a word about it", aria: { label: "Comment on this answer" } });
    this.form = el("form", { class: "opinion-form", hidden: true }, this.comment, el("button", { type: "submit", class: "quiet" }, "Send"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#give(this.given.rating, this.comment.value.trim());
    });
    this.note = el("span", { class: "note", role: "status" });
    this.node = el("div", { class: "opinion", role: "group", aria: { label: "What you think of this answer" } },
      this.buttons.good, this.buttons.bad, this.note, this.form);
  }

  /** @param {{rating: string, comment: string} | null} feedback what is known of it. */
  show(feedback) {
    if (!feedback) return;
    if (this.given?.comment !== feedback.comment && document.activeElement !== this.comment) this.comment.value = feedback.comment;
    this.given = feedback;
    for (const [rating, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(rating === feedback.rating));
    this.form.hidden = false;
  }

  async #give(rating, comment) {
    this.note.classList.remove("error");
    try {
      this.show(await this.#put({ rating, comment }));
      this.note.textContent = comment ? "Noted, with your comment." : SAID[rating];
    } catch (error) {
      this.note.classList.add("error");
      this.note.textContent = error.message;
    }
  }

  async #put(body) {
    const waits = [...NOT_YET_MS];
    for (;;) {
      try {
        return await call("PUT", this.path, { json: body });
      } catch (error) {
        const wait = waits.shift();
        if (error.status !== 404 || wait === undefined) throw error;
        await new Promise((resume) => setTimeout(resume, wait));
      }
    }
  }
}
