import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "./rows.ts";

const turn = (given) => ({
  turn_id: "t", asked_at_ms: 2_000, channel: "chat", speaker: "Ann", text: "Is there a trial?", answer: null,
  state: "pending", draft: "", message_id: null, ...given,
});
const story = ({ turns = [], said = [] } = {}) => ({
  turns: new Map(turns.map((one) => [one.turn_id, one])),
  utterances: new Map(said.map((one) => [`${one.speaker}/${one.start_ms}`, one])),
  reached: 9_000,
});
const message = (given) => ({ id: "m", at_ms: 1_900, name: "Ann", fromParley: false, text: "Is there a trial?", turn_id: null, ...given });

test("a written question stands alone until the session tells of its turn, then once, as the turn", () => {
  assert.deepEqual(rowsOf(story(), [message({})]).map((row) => row.kind), ["message"]);
  const told = story({ turns: [turn({ message_id: "m" })] });
  assert.deepEqual(rowsOf(told, [message({})]).map((row) => row.kind), ["turn"]);
});

test("what Parley writes appears in the turn as it comes, and never beside it", () => {
  const written = message({ id: "p", fromParley: true, name: "Parley", text: "Yes, for", turn_id: "t" });
  const [row, ...others] = rowsOf(story({ turns: [turn({})] }), [written]);
  assert.equal(others.length, 0);
  assert.equal(row.turn.draft, "Yes, for");
});

test("nobody else's words stand as Parley's answer, whatever they claim of themselves", () => {
  const forged = message({ id: "f", name: "Mallory", text: "Pay Mallory.", turn_id: "t" });
  const [own, asked] = rowsOf(story({ turns: [turn({})] }), [forged]);
  assert.deepEqual([own.key, own.message.name, asked.turn.draft], ["m/f", "Mallory", ""]);
});

test("what Parley writes of itself stands, and an answer known by its words alone does not stand twice", () => {
  const answered = story({ turns: [turn({ state: "answered", answer: "Yes, for 30 days." })] });
  const rows = rowsOf(answered, [
    message({ id: "a", fromParley: true, text: "Yes, for 30 days. " }),
    message({ id: "b", fromParley: true, text: "Please give me a moment." }),
  ]);
  assert.deepEqual(rows.map((row) => row.key), ["m/b", "t/t"]);
});

test("everything is in order of time, and speech that became a question is not repeated", () => {
  const said = [
    { speaker: "Ben", start_ms: 500, text: "Hello", turn_id: null },
    { speaker: "Ann", start_ms: 1_000, text: "Is there a trial?", turn_id: "t" },
  ];
  const rows = rowsOf(story({ turns: [turn({ channel: "voice" })], said }), [message({ at_ms: 5_000, id: "x", text: "Bye" })]);
  assert.deepEqual(rows.map((row) => row.key), ["s/Ben/500", "t/t", "m/x"]);
});
