// What is said, asked, answered and written, and a box to write in.

import { clock } from "live-page/format.js";
import { sharedInWords, totalInWords } from "live-page/price.js";
import type { SessionCosts, Source, Story } from "live-page/story.js";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Chat } from "./chat";
import { type Row, rowsOf } from "./rows";
import { SourceDialog } from "./source";
import { TurnRow } from "./turn";
import { ChatBox } from "./writing";

const NEAR_PX = 90;

interface Props {
  story: Story;
  version: number;
  chat: Chat;
  writable: boolean;
}

export function Conversation({ story, version, chat, writable }: Props) {
  const rows = useMemo(() => rowsOf(story, chat.messages), [story, version, chat.messages]);
  const [source, setSource] = useState<Source | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const near = useRef(true);

  useLayoutEffect(() => {
    if (near.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [rows]);

  return (
    <section className="talk" aria-labelledby="talk">
      <h2 id="talk">What is said and answered</h2>
      {story.costs && (
        <p className="price" id="meeting-price">
          <strong>{totalInWords(story.costs)}</strong> so far{shared(story.costs)}
        </p>
      )}
      <div
        ref={box}
        className="conversation"
        tabIndex={0}
        role="region"
        aria-label="Conversation"
        onScroll={({ currentTarget: it }) => {
          near.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_PX;
        }}
      >
        {rows.length === 0 && (
          <div className="welcome">
            <p>Speak, and what you say stands here. Say “Parley” to ask it something, or write below.</p>
          </div>
        )}
        <ol className="lines">
          {rows.map((row) => (
            <RowOf key={row.key} row={row} showSource={setSource} />
          ))}
        </ol>
      </div>
      <ChatBox send={chat.send} writable={writable} />
      <Announcer rows={rows} />
      {source && <SourceDialog source={source} story={story} close={() => setSource(null)} />}
    </section>
  );
}

function shared(costs: SessionCosts): string {
  const words = sharedInWords(costs);
  return words && `, of it ${words}`;
}

const RowOf = memo(
  function RowOf({ row, showSource }: { row: Row; showSource: (source: Source) => void }) {
    if (row.kind === "turn") return <TurnRow turn={row.turn} at_ms={row.at_ms} showSource={showSource} />;
    const { name, text } = row.kind === "said" ? { name: row.said.speaker, text: row.said.text } : { name: row.message.fromParley ? "Parley" : row.message.name, text: row.message.text };
    return (
      <li className={row.kind === "said" ? "utterance" : "utterance written"}>
        <time className="stamp">{clock(row.at_ms)}</time>
        <span className="speaker">{name}</span> <span className="words">{text}</span>
        {row.kind === "message" && <span className="badge">chat</span>}
      </li>
    );
  },
  ({ row: before }, { row: now }) => before.at_ms === now.at_ms && contentOf(before) === contentOf(now),
);

/** Said things are replaced by their likes when a fact comes twice; turns when something changed. */
function contentOf(row: Row): unknown {
  if (row.kind === "said") return row.said.text;
  return row.kind === "turn" ? row.turn : row.message;
}

/** Answers are read to those who hear the page, once, when they are whole. */
function Announcer({ rows }: { rows: Row[] }) {
  const told = useRef<Set<string> | null>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    const answered = rows.flatMap((row) => (row.kind === "turn" && row.turn.answer !== null ? [row.turn] : []));
    const known = told.current;
    told.current = new Set(answered.map((turn) => turn.turn_id));
    if (!known) return;
    const fresh = answered.filter((turn) => turn.channel === "chat" && !known.has(turn.turn_id)).at(-1);
    if (fresh) setText(`Answer to “${fresh.text}”: ${fresh.answer}`);
  }, [rows]);
  return (
    <p className="hidden-visually" role="status">
      {text}
    </p>
  );
}
