// What is known of a session. Every change can come twice, or again after a snapshot: things are
// kept by their own ids, so the same told twice is told once.

export class Story {
  constructor(sessionId) {
    this.id = sessionId;
    this.title = "";
    this.closed = false;
    this.meeting = null;
    this.utterances = new Map(); // "speaker/start_ms" -> {start_ms, end_ms, speaker, text, turn_id}
    this.frames = new Map(); // frame_id -> {frame_id, shown_at_ms, reason, lines, structure, caption, shed}
    this.turns = new Map(); // turn_id -> as contracts.http.Answer, and `draft`
    this.totals = null; // contracts.http.SessionSummary
    this.costs = null; // contracts.http.SessionCosts
    this.lastEntry = null;
  }

  /** Take one event. Returns the names of what changed. */
  take({ id, name, data }) {
    if (name === "snapshot") return this.snapshot(data);
    if (id !== null && this.lastEntry !== null && !isAfter(id, this.lastEntry)) return [];
    this.lastEntry = id ?? this.lastEntry;
    return (this[`on_${name}`] ?? (() => []))(data);
  }

  on_started = ({ meeting }) => {
    this.meeting = { ...meeting, ended: null };
    return ["meeting"];
  };

  on_ended = ({ meeting }) => {
    this.meeting = {
      ...(this.meeting ?? { name: "", source: "recording" }),
      ended: meeting.reason, detail: meeting.detail, duration_ms: meeting.duration_ms,
      truncated_at_ms: meeting.truncated_at_ms,
    };
    return ["meeting", "totals"];
  };

  on_heard = ({ utterance, turn_id }) => {
    this.#hear(utterance, turn_id);
    if (turn_id) {
      const known = this.turns.get(turn_id);
      this.turns.set(turn_id, {
        ...blank(turn_id), ...known, channel: "voice", speaker: utterance.speaker,
        text: utterance.text, asked_at_ms: utterance.end_ms,
      });
    }
    return ["talk"];
  };

  /** Somebody wrote a question in a live meeting's chat. */
  on_asked = ({ turn_id, speaker, text, asked_at_ms, message_id }) => {
    this.asked(turn_id, text, speaker, asked_at_ms, message_id);
    return ["talk"];
  };

  on_frame = ({ frame }) => {
    const known = this.frames.get(frame.frame_id);
    this.frames.set(frame.frame_id, {
      frame_id: frame.frame_id, shown_at_ms: frame.shown_at_ms, reason: frame.reason,
      width: frame.width, height: frame.height,
      lines: known?.lines ?? null, structure: known?.structure ?? null, caption: known?.caption ?? null, shed: known?.shed ?? false,
    });
    return ["frames", "totals"];
  };

  on_described = ({ frame_id, shown_at_ms, lines, structure, caption, shed }) => {
    const known = this.frames.get(frame_id) ?? { frame_id, shown_at_ms, reason: null };
    this.frames.set(frame_id, {
      ...known, lines: shed ? null : lines.map((line) => line.text), structure: structure ?? null, caption: caption ?? null, shed,
    });
    return ["frames", "totals"];
  };

  on_draft = ({ turn_id, text }) => this.#draft(turn_id, (before) => before + text);
  on_accepted = ({ turn_id, text }) => this.#draft(turn_id, (before, turn) => (turn.accepted ? before : "") + text, true);
  on_replaced = ({ turn_id }) => this.#draft(turn_id, () => "");

  on_concluded = ({ turn_id, answer, refusal, superseded }) => {
    const known = this.turns.get(turn_id);
    const ended = answer ?? refusal;
    this.turns.set(turn_id, {
      ...blank(turn_id), ...known, draft: "",
      ...(ended && {
        answer: ended.text, attempts: ended.attempts, cost_usd: ended.cost_usd, latency_ms: ended.latency_ms,
        channel: ended.channel,
      }),
      ...(answer && {
        state: "answered", abstained: answer.abstained, sources: answer.sources, confidence: answer.confidence,
        why: answer.why, missing: answer.missing, taken_as: answer.taken_as, retrieval: answer.retrieval, interrupted_at_chars: answer.interrupted_at_chars,
        asked_at_ms: answer.asked_at_ms,
      }),
      ...(refusal && { state: "refused", refused: refusal.reason }),
      ...(superseded && !ended && { state: "superseded", superseded: true }),
    });
    return ["talk", "totals"];
  };

  /** What this page asked itself, before anything is told of it. */
  asked(turnId, text, speaker, atMs, messageId = null) {
    const known = this.turns.get(turnId);
    this.turns.set(turnId, {
      ...blank(turnId), ...known, asked_at_ms: known?.asked_at_ms ?? atMs, channel: "chat", speaker, text,
      message_id: messageId ?? known?.message_id ?? null,
    });
  }

  /** The session's summary: totals, and the words of questions that others wrote. */
  summary(whole) {
    this.totals = whole;
    this.title = whole.title;
    this.closed = whole.state === "closed";
    if (whole.meeting) this.meeting = { ...this.meeting, ...whole.meeting };
    for (const one of whole.transcript) this.#hear(one);
    for (const one of whole.questions) this.#settle(one);
    return ["meeting", "talk", "totals"];
  }

  /** What the session cost so far; each turn gets its own tag, and keeps the one it has till then. */
  priced(costs) {
    this.costs = costs;
    for (const price of costs.turns) {
      const turn = this.turns.get(price.turn_id);
      if (turn && JSON.stringify(turn.price) !== JSON.stringify(price)) this.turns.set(turn.turn_id, { ...turn, price });
    }
    return ["talk", "totals"];
  }

  snapshot(whole) {
    this.lastEntry = null; // the feed goes on from its own beginning
    this.title = whole.session.title;
    if (whole.session.meeting) this.meeting = { ...this.meeting, ...whole.session.meeting };
    for (const one of whole.transcript) this.#hear(one);
    for (const one of whole.frames) {
      const known = this.frames.get(one.frame_id);
      this.frames.set(one.frame_id, {
        ...known, ...one, lines: one.lines ?? known?.lines ?? null, structure: one.structure ?? known?.structure ?? null,
        caption: one.caption ?? known?.caption ?? null,
      });
    }
    for (const one of whole.questions) this.#settle(one);
    for (const turn of this.turns.values()) turn.draft = "";
    return ["meeting", "talk", "frames", "totals"];
  }

  /** How far the meeting is known to have come, ms. */
  get reached() {
    const times = [0, this.totals?.duration_ms ?? 0];
    for (const one of this.utterances.values()) times.push(one.end_ms);
    for (const one of this.frames.values()) times.push(one.shown_at_ms);
    return Math.max(...times);
  }

  framesInOrder() {
    return [...this.frames.values()].sort((a, b) => a.shown_at_ms - b.shown_at_ms);
  }

  #hear(one, turnId) {
    const key = `${one.speaker}/${one.start_ms}`;
    const known = this.utterances.get(key);
    this.utterances.set(key, { ...one, turn_id: turnId ?? known?.turn_id ?? null });
  }

  /** The tables come after the feed: what is concluded here is not made pending again. */
  #settle(one) {
    const known = this.turns.get(one.turn_id);
    const older = known && known.state !== "pending" && one.state === "pending";
    this.turns.set(one.turn_id, older ? { ...one, ...known, text: known.text || one.text } : { ...blank(one.turn_id), ...known, ...one });
    if (one.channel === "voice") {
      for (const said of this.utterances.values()) {
        if (!said.turn_id && said.speaker === one.speaker && said.end_ms === one.asked_at_ms) said.turn_id = one.turn_id;
      }
    }
  }

  #draft(turnId, write, accepted = false) {
    const turn = this.turns.get(turnId) ?? blank(turnId);
    if (turn.state !== "pending") return [];
    this.turns.set(turnId, { ...turn, draft: write(turn.draft, turn), accepted: accepted || turn.accepted });
    return ["talk"];
  }
}

function blank(turnId) {
  return {
    turn_id: turnId, asked_at_ms: null, channel: "chat", speaker: "", text: "", answer: null, state: "pending",
    abstained: false, sources: [], attempts: [], cost_usd: "0", latency_ms: {}, confidence: null, why: null, taken_as: [], retrieval: null, feedback: null,
    refused: null, superseded: false, interrupted_at_chars: null, draft: "", accepted: false, price: null,
  };
}

/** Order of feed entry ids: milliseconds, then a count. */
export function isAfter(id, other) {
  const [a, b] = id.split("-").map(Number);
  const [c, d] = other.split("-").map(Number);
  return a > c || (a === c && b > d);
}
