// The live page: one session as it happens.

import { get, post } from "./api.js";
import { letIn } from "./door.js";
import { $, announce, el } from "./dom.js";
import { follow } from "./feed.js";
import { clock } from "./format.js";
import { Ladder } from "./ladder.js";
import { Meetings } from "./meetings.js";
import { CostWatch } from "./price.js";
import { Screen } from "./screen.js";
import { Shelf } from "./shelf.js";
import { showSource } from "./sources.js";
import { Story } from "./story.js";
import { Talk } from "./talk.js";
import { showTotals } from "./totals.js";

const LOOK_FOR_SESSIONS_MS = 6_000;
const SUM_UP_EVERY_MS = 4_000;
const NEWEST = "";

const visitor = await letIn();
const mayWrite = visitor.scopes.includes("write");

let story = null;
let ended = new AbortController();
let costs = null; // CostWatch of the session that is shown
const ladder = new Ladder();
const screen = new Screen();
const talk = new Talk((source) => showSource(source, story), mayWrite);
new Shelf((id) => open(id, { chosen: true }), mayWrite);
const meetings = visitor.meetings && mayWrite ? new Meetings((id) => open(id, { chosen: true })) : null;

// --- Sessions ---------------------------------------------------------------------------------

let chosen = new URLSearchParams(location.hash.slice(1)).get("session") ?? NEWEST;

$("session").addEventListener("change", (event) => {
  if (event.target.value === NEWEST) {
    chosen = NEWEST;
    history.replaceState(null, "", location.pathname);
    void lookForSessions();
  } else open(event.target.value, { chosen: true });
});

async function lookForSessions() {
  void ladder.look();
  let sessions;
  try {
    ({ sessions } = await get("/v1/sessions?limit=50"));
  } catch (error) {
    if (error.status === 401) location.reload();
    if (!story) connection("lost");
    return;
  }
  if (!story) connection("idle");
  offer(sessions);
  const wanted = chosen || sessions[0]?.session_id;
  if (wanted && wanted !== story?.id) open(wanted, { chosen: chosen !== NEWEST });
  if (!wanted) showNothing();
}

function offer(sessions) {
  document.querySelector(".session-choice").hidden = sessions.length === 0;
  const select = $("session");
  const shown = [[NEWEST, "Newest"], ...sessions.map((one) => [one.session_id, nameOf(one)])];
  if (chosen && !sessions.some((one) => one.session_id === chosen)) shown.push([chosen, "An older session"]);
  const said = JSON.stringify(shown);
  if (select.dataset.shown !== said) {
    select.dataset.shown = said;
    select.replaceChildren(...shown.map(([value, text]) => el("option", { value }, text)));
  }
  select.value = chosen;
}

function nameOf(one) {
  const at = new Date(one.opened_at).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  return `${one.title || "Untitled"}, ${at}`;
}

function open(id, { chosen: byPerson }) {
  if (byPerson) {
    chosen = id;
    history.replaceState(null, "", `#session=${id}`);
  }
  if (story?.id === id) return;
  ended.abort();
  ended = new AbortController();
  story = new Story(id);
  talk.clear();
  screen.clear();
  show(["meeting", "talk", "frames", "totals"]);
  const signal = ended.signal;
  const mine = story;
  costs = new CostWatch(() => get(`/v1/sessions/${id}/costs`), (known) => show(mine.priced(known)), signal);
  costs.soon();
  void sumUp(signal);
  void follow(`/v1/sessions/${id}/events`, {
    signal,
    event: (one) => {
      const changed = story.take(one);
      if (changed.includes("totals")) sumUpSoon(signal);
      if (changed.length > 0) costs.soon();
      show(changed);
    },
    state: (state, error) => {
      connection(state, error);
      if (state === "live") sumUpSoon(signal);
      if (state === "refused" && error.status === 401) location.reload();
    },
  });
}

// --- Showing -----------------------------------------------------------------------------------

const waiting = new Set();
let frame = null;

/** Shown once a frame of the display, however many events came in between. */
function show(changed) {
  for (const name of changed) waiting.add(name);
  if (waiting.size === 0 || frame !== null) return;
  frame = setTimeout(() => {
    frame = null;
    const names = new Set(waiting);
    waiting.clear();
    if (names.has("meeting")) showMeeting();
    if (names.has("frames") || names.has("talk") || names.has("meeting")) screen.show(story);
    if (names.has("talk")) talk.show(story);
    showTotals(story);
    $("welcome").hidden = story.turns.size + story.utterances.size > 0;
  }, 30);
}

function showMeeting() {
  const { meeting } = story;
  $("title").textContent = story.title || meeting?.name || "Session";
  document.title = `${$("title").textContent} · Parley`;
  const length = meeting?.duration_ms ? ` of ${clock(meeting.duration_ms)}` : "";
  let text = story.closed ? "This session is closed." : "Waiting for a meeting; you can ask already.";
  if (meeting?.ended) {
    const early = meeting.truncated_at_ms !== null && meeting.truncated_at_ms !== undefined ? ` It was played as far as it goes, to ${clock(meeting.truncated_at_ms)}.` : "";
    text = meeting.ended === "completed" ? `The meeting ended after ${clock(meeting.duration_ms)}.` : `${meeting.detail ?? `The meeting ended early (${meeting.ended}).`}${early}`;
  } else if (meeting) text = `${meeting.source === "live" ? "Live" : "Playing"}${length}`;
  $("meeting-state").textContent = text;
  meetings?.show(story);
}

function showNothing() {
  $("title").textContent = "Parley";
  $("meeting-state").textContent = `Signed in for ${visitor.tenant_id}. There is no session yet.`;
  $("picture").replaceChildren(el("p", { class: "empty" }, "The shared screen of a meeting appears here."));
  $("read").hidden = true;
  $("welcome").hidden = false;
}

$("welcome").replaceChildren(
  el("p", {}, "Parley hears a meeting, sees its screen, and answers from your documents."),
  el("p", {}, mayWrite ? "Drop a recorded meeting here, or ask something about your documents below." : "This key may read, not write."));
$("chat").hidden = !mayWrite;

// --- Totals ------------------------------------------------------------------------------------

let summing = null;

function sumUpSoon(signal) {
  summing ??= setTimeout(() => {
    summing = null;
    void sumUp(signal);
  }, SUM_UP_EVERY_MS);
}

async function sumUp(signal) {
  const mine = story;
  try {
    const whole = await get(`/v1/sessions/${mine.id}/summary`);
    if (signal.aborted) return;
    show(mine.summary(whole));
    const unsettled = whole.pending_facts || [...mine.turns.values()].some((turn) => turn.state === "pending");
    if (unsettled || (whole.meeting && !whole.meeting.ended)) sumUpSoon(signal);
  } catch (error) {
    // Lost, too many requests, or something behind it is down: all of it passes.
    if (!signal.aborted && (error.status === 0 || error.status === 429 || error.status >= 500)) sumUpSoon(signal);
  }
}

// --- Connection --------------------------------------------------------------------------------

let connected = "idle";

function connection(state, error) {
  const text = {
    idle: "", live: "Live", lost: error?.status === 429 ? error.message : "Connection lost, trying again…",
    refused: error?.message ?? "Refused",
  }[state];
  if (state === "live" && connected === "lost") announce("Connected again");
  connected = state;
  $("connection").dataset.state = state;
  if ($("connection").textContent !== text) $("connection").textContent = text;
}

// --- Asking ------------------------------------------------------------------------------------

let draft = null; // {text, key}: sent again with the same key it is the same question

$("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("chat").requestSubmit();
  }
});
$("question").addEventListener("input", (event) => {
  event.target.style.blockSize = "auto";
  event.target.style.blockSize = `${event.target.scrollHeight + 2}px`;
});

$("chat").addEventListener("submit", async (event) => {
  event.preventDefault();
  const box = $("question");
  const text = box.value.trim();
  if (!text) return;
  if (draft?.text !== text || draft.session !== story?.id) draft = { text, session: story?.id, key: crypto.randomUUID() };
  const button = event.target.querySelector("button");
  button.disabled = true;
  $("chat-error").textContent = "";
  try {
    if (!story) {
      const session = await post("/v1/sessions", { title: "Chat" });
      open(session.session_id, { chosen: true });
      draft.session = session.session_id;
      void lookForSessions();
    }
    const mine = story;
    const { turn_id: turnId } = await post(`/v1/sessions/${mine.id}/messages`, { text, speaker: "You" }, { "Idempotency-Key": draft.key });
    draft = null;
    mine.asked(turnId, text, "You", null);
    box.value = "";
    box.style.blockSize = "auto";
    show(["talk"]);
    requestAnimationFrame(() => setTimeout(() => { $("conversation").scrollTop = $("conversation").scrollHeight; }, 60));
  } catch (error) {
    $("chat-error").textContent = error.message;
  } finally {
    button.disabled = false;
    box.focus();
  }
});

// The address tells the session; a skip must not take its place.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("question").focus();
});
// A printed address put into the bar of an open page changes only what stands after `#`.
addEventListener("hashchange", () => /(code|session)=/.test(location.hash) && location.reload());

// The first look comes last: everything above is there when it answers.
setInterval(() => !document.hidden && lookForSessions(), LOOK_FOR_SESSIONS_MS);
document.addEventListener("visibilitychange", () => !document.hidden && lookForSessions());
await lookForSessions();
