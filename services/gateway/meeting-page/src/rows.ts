// One conversation out of three: what is said, what is asked and answered, what is written.

import type { Said, Story, Turn } from "live-page/story.js";

import type { Message } from "./chat";

export type Row =
  | { kind: "said"; key: string; at_ms: number; said: Said }
  | { kind: "turn"; key: string; at_ms: number; turn: Turn }
  | { kind: "message"; key: string; at_ms: number; message: Message };

/**
 * In order of time. A written question stands once: as the turn that it became, as soon as the
 * session tells of it. So does Parley's answer, which also comes by chat as it is written.
 */
export function rowsOf(story: Story, messages: readonly Message[]): Row[] {
  const rows: Row[] = [];
  const asked = new Set<string>();
  const answers = new Set<string>();
  for (const turn of story.turns.values()) {
    if (turn.message_id) asked.add(turn.message_id);
    if (turn.answer !== null) answers.add(turn.answer.trim());
  }
  for (const said of story.utterances.values()) {
    if (said.turn_id && story.turns.has(said.turn_id)) continue;
    rows.push({ kind: "said", key: `s/${said.speaker}/${said.start_ms}`, at_ms: said.start_ms, said });
  }
  const written = new Map<string, string>();
  for (const message of messages) {
    const answered = message.fromParley ? message.turn_id : null; // nobody else's words are its answer
    if (answered) written.set(answered, message.text);
    const shownAsTurn = answered ? story.turns.has(answered) : asked.has(message.id) || (message.fromParley && answers.has(message.text.trim()));
    if (!shownAsTurn) rows.push({ kind: "message", key: `m/${message.id}`, at_ms: message.at_ms, message });
  }
  for (const turn of story.turns.values()) {
    const words = turn.draft || written.get(turn.turn_id) || "";
    rows.push({
      kind: "turn",
      key: `t/${turn.turn_id}`,
      at_ms: turn.asked_at_ms ?? story.reached,
      turn: turn.state === "pending" && words !== turn.draft ? { ...turn, draft: words } : turn,
    });
  }
  return rows.sort((a, b) => a.at_ms - b.at_ms || (a.key < b.key ? -1 : 1));
}
