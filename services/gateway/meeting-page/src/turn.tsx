// A question, its answer, and what that stands on.

import { clock, percent, REFUSED, took, usd } from "live-page/format.js";
import { legsInWords, totalInWords } from "live-page/price.js";
import type { Source, Turn } from "live-page/story.js";

import { Written } from "./written";

interface Props {
  turn: Turn;
  at_ms: number;
  showSource: (source: Source) => void;
}

export function TurnRow({ turn, at_ms, showSource }: Props) {
  return (
    <li className={`turn ${turn.state}${turn.abstained ? " abstained" : ""}`} data-turn={turn.turn_id}>
      <p className="question">
        <time className="stamp">{clock(at_ms)}</time>
        <span className="speaker">{turn.speaker || "Somebody"}</span> <span className="words">{turn.text || "…"}</span>
        {turn.channel === "chat" && <span className="badge">chat</span>}
      </p>
      {turn.state === "pending" ? (
        <p className="answer pending">{turn.draft || "Thinking…"}</p>
      ) : turn.state === "superseded" ? (
        <p className="answer muted">A newer question took its place.</p>
      ) : (
        <Answer turn={turn} showSource={showSource} />
      )}
    </li>
  );
}

function Answer({ turn, showSource }: Omit<Props, "at_ms">) {
  return (
    <div className="answer">
      <p className="verdict">{verdict(turn)}</p>
      {turn.channel === "chat" ? <Written text={turn.answer ?? ""} /> : <p className="words">{turn.answer ?? ""}</p>}
      {turn.interrupted_at_chars !== null && <p className="muted">Somebody spoke over it; the rest was not heard.</p>}
      {turn.sources.length > 0 && (
        <ul className="sources" aria-label="What this stands on">
          {turn.sources.map((source, at) => (
            <li key={at}>
              <button type="button" className={`chip ${source.kind}`} title={source.quote} onClick={() => showSource(source)}>
                {nameOf(source)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <p className="spent">{spent(turn)}</p>
      {turn.price && (
        <p className="price" title="What this answer cost, by what was done for it">
          <strong>{totalInWords(turn.price)}</strong> {legsInWords(turn.price)}
        </p>
      )}
    </div>
  );
}

export function nameOf(source: Source): string {
  if (source.kind === "screen") return `Screen at ${clock(source.screen_at_ms)}`;
  return source.document + (source.page === null ? "" : `, page ${source.page}`);
}

function verdict(turn: Turn): string {
  if (turn.state === "refused") return `No answer: ${REFUSED[turn.refused ?? ""] ?? "refused"}`;
  return turn.abstained ? "Not in the documents or on the screen" : "Parley";
}

function spent(turn: Turn): string {
  const parts = turn.price ? [] : [`cost ${usd(turn.cost_usd)}`];
  if (turn.latency_ms["total"] !== undefined) parts.push(took(turn.latency_ms["total"]));
  if (turn.confidence !== null) parts.push(`${percent(turn.confidence)} sure`);
  return parts.join(" · ");
}
