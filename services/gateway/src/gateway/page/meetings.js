// Starting a live meeting: a room is opened, and its link is there to be sent to people.

import { post } from "./api.js";
import { $, el } from "./dom.js";

/** The button, and the dialog behind it. */
export class Meetings {
  /** @param {(sessionId: string) => void} onSession the meeting's session is to be shown. */
  constructor(onSession) {
    this.story = null;
    this.onSession = onSession;
    $("start-meeting").hidden = false;
    $("start-meeting").addEventListener("click", () => (isLive(this.story) ? this.#open({ session_id: this.story.id }) : this.#ask()));
  }

  /** Called whenever the shown session changes; what the button says is what it does. */
  show(story) {
    this.story = story;
    $("start-meeting").textContent = isLive(story) ? "Invite people" : "Start a meeting";
  }

  #ask() {
    const { story } = this;
    const title = el("input", { id: "meeting-title", type: "text", maxLength: 200, autocomplete: "off" });
    const goOn = el("input", { type: "checkbox" });
    const form = el("form", { class: "meeting-form" },
      el("label", { htmlFor: "meeting-title" }, "What is it about?"), title,
      isChat(story) && el("label", { class: "check" }, goOn, ` Go on in “${story.title || "this session"}”, with what was asked there`),
      el("button", { type: "submit" }, "Start"));
    goOn.addEventListener("change", () => { title.disabled = goOn.checked; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#open(goOn.checked ? { session_id: story.id } : { title: title.value.trim() || "Meeting" });
    });
    this.#say("Start a meeting", el("p", { class: "muted" }, "Parley joins with the first person. You get a link for everybody else."), form);
    title.focus();
  }

  async #open(body) {
    this.#say("Start a meeting", el("p", { role: "status" }, "Opening the room…"));
    let room;
    try {
      room = await post("/v1/rooms", body);
    } catch (error) {
      this.#say("Start a meeting", el("p", { class: "error", role: "alert" }, error.message));
      return;
    }
    this.#link(room);
    this.onSession(room.session_id);
  }

  #link(room) {
    const link = el("input", { id: "meeting-link", type: "text", readOnly: true, value: room.join_url });
    link.addEventListener("focus", () => link.select());
    const note = el("p", { class: "note", role: "status" });
    const copy = el("button", { type: "button", on: { click: async () => {
      try {
        await navigator.clipboard.writeText(room.join_url);
        note.textContent = "Copied.";
      } catch {
        link.focus();
        note.textContent = "The browser does not let this page copy: it is marked, copy it by hand.";
      }
    } } }, "Copy");
    const join = el("a", { class: "button", href: room.join_url, target: "_blank", rel: "noopener" }, "Join");
    this.#say(room.title || "The meeting",
      el("label", { htmlFor: "meeting-link" }, "Whoever has this link can join, for a week"),
      el("div", { class: "meeting-link" }, link, copy, join), note,
      el("button", { type: "button", class: "quiet", on: { click: () => this.#ask() } }, "Start another meeting"));
    join.focus();
  }

  #say(title, ...content) {
    $("meeting-heading").textContent = title;
    $("meeting-body").replaceChildren(...content);
    if (!$("meeting").open) $("meeting").showModal();
  }
}

const isLive = (story) => story?.meeting?.source === "live" && !story.meeting.ended && !story.closed;
/** A room can be opened for a session in which there was no meeting yet. */
const isChat = (story) => story && !story.meeting && !story.closed && story.turns.size > 0;
