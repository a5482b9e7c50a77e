// The screen as Parley sees it: kept frames, why each was kept, and what was read on it.

import { $, el } from "./dom.js";
import { because, clock, count, reason } from "./format.js";
import { Structure } from "./structure.js";

const NEAR_PX = 120;
const ASK_AGAIN_AFTER_MS = [3_000, 20_000];

export const pictureUrl = (sessionId, frameId) => `/v1/sessions/${sessionId}/frames/${frameId}`;

export class Screen {
  constructor() {
    this.chosen = null; // frame id; null follows the newest
    this.thumbs = new Map();
    this.shown = null;
    this.structure = new Structure();
    $("back-to-live").addEventListener("click", () => {
      this.chosen = null;
      this.show(this.story);
      $("frames").lastElementChild?.querySelector("button")?.focus();
    });
    $("frames").addEventListener("keydown", (event) => this.#move(event));
  }

  clear() {
    this.chosen = null;
    this.shown = null;
    this.thumbs.clear();
    $("frames").replaceChildren();
    $("track").replaceChildren();
  }

  show(story) {
    this.story = story;
    const frames = story.framesInOrder();
    const strip = $("frames");
    const follow = strip.scrollWidth - strip.scrollLeft - strip.clientWidth < NEAR_PX;
    frames.forEach((frame, index) => this.#thumb(frame, index, story.id));
    const current = frames.find((frame) => frame.frame_id === this.chosen) ?? frames.at(-1) ?? null;
    this.#current(current, frames, story);
    this.#track(frames, current, story);
    if (follow && this.chosen === null) strip.scrollLeft = strip.scrollWidth;
  }

  choose(frameId) {
    this.chosen = frameId;
    this.show(this.story);
    this.thumbs.get(frameId)?.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #thumb(frame, index, sessionId) {
    const known = this.thumbs.get(frame.frame_id);
    if (known) {
      known.label.textContent = reason(frame.reason ?? "");
      if ($("frames").children[index] !== known.item) $("frames").insertBefore(known.item, $("frames").children[index] ?? null);
      return;
    }
    const label = el("span", { class: "thumb-reason" }, reason(frame.reason ?? ""));
    const button = el("button", { type: "button", class: "thumb", on: { click: () => this.choose(frame.frame_id) } },
      picture(sessionId, frame.frame_id, ""), el("span", { class: "thumb-time" }, clock(frame.shown_at_ms)), label);
    const item = el("li", {}, button);
    this.thumbs.set(frame.frame_id, { item, button, label });
    $("frames").insertBefore(item, $("frames").children[index] ?? null);
  }

  #current(frame, frames, story) {
    for (const [id, { button }] of this.thumbs) {
      if (frame && id === frame.frame_id) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    $("back-to-live").hidden = this.chosen === null || frame === frames.at(-1);
    if (!frame) {
      this.shown = null;
      const text = story.meeting && !story.meeting.has_video && story.meeting.has_audio ? "This meeting shows no screen." : "Nothing is shared yet.";
      $("picture").replaceChildren(el("p", { class: "empty" }, text));
      $("picture-caption").textContent = "";
      $("read").hidden = true;
      this.structure.show(null, frames);
      return;
    }
    if (this.shown !== frame.frame_id) {
      this.shown = frame.frame_id;
      $("picture").replaceChildren(picture(story.id, frame.frame_id, `The shared screen at ${clock(frame.shown_at_ms)}`));
    }
    $("picture-caption").replaceChildren(
      el("strong", {}, clock(frame.shown_at_ms)), ` · frame ${frames.indexOf(frame) + 1} of ${frames.length}`,
      frame.reason ? ` · kept because ${because(frame.reason)}` : "",
      frame.caption ? el("span", { class: "described" }, `A vision model says: ${frame.caption}`) : "");
    $("read").hidden = false;
    $("read-text").replaceChildren(...readText(frame));
    this.structure.show(frame, frames);
  }

  #track(frames, current, story) {
    const length = Math.max(story.meeting?.duration_ms ?? 0, story.reached, 1);
    const at = (ms, name) => {
      const mark = el("span", { class: name });
      mark.style.insetInlineStart = `${Math.min(100, (100 * ms) / length)}%`;
      return mark;
    };
    const done = el("span", { class: "done" });
    done.style.inlineSize = `${(100 * Math.min(story.reached, length)) / length}%`;
    $("track").replaceChildren(done,
      ...frames.map((frame) => at(frame.shown_at_ms, frame === current ? "tick current" : "tick")),
      ...[...story.turns.values()].filter((turn) => turn.asked_at_ms !== null).map((turn) => at(turn.asked_at_ms, "asked")));
  }

  #move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const buttons = [...$("frames").querySelectorAll("button")];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  }
}

/**
 * A picture that says so when it is gone: pictures are kept for a limited time. It is asked for
 * again, since a lost connection or a rate limit looks the same from here.
 */
export function picture(sessionId, frameId, alt) {
  const url = pictureUrl(sessionId, frameId);
  const image = el("img", { alt, loading: "lazy", decoding: "async", src: url });
  const delays = [...ASK_AGAIN_AFTER_MS];
  image.addEventListener("error", () => {
    const delay = delays.shift();
    if (delay === undefined) image.replaceWith(el("span", { class: "gone" }, "The picture is no longer kept."));
    else setTimeout(() => { image.src = url; }, delay);
  });
  return image;
}

export function readText(frame) {
  if (frame.shed) return [el("p", { class: "muted" }, "Not read: newer frames came first.")];
  if (frame.lines === null || frame.lines === undefined) return [el("p", { class: "muted" }, "Being read…")];
  if (frame.lines.length === 0) return [el("p", { class: "muted" }, "No text was found on it.")];
  return [el("p", { class: "muted" }, count(frame.lines.length, "line")), ...frame.lines.map((line) => el("p", {}, line))];
}
