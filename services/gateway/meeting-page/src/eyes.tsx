// What Parley sees: the newest frame it kept, and the text it read from it.

import { because, clock, count } from "live-page/format.js";
import type { Frame, Story } from "live-page/story.js";
import { useEffect, useMemo, useState } from "react";

import { pictureOf } from "./gateway";
import { Icon } from "./icons";

/** A screen that moves is kept once a second; each picture is a request of every guest. */
const LOOK_EVERY_MS = 5_000;
const ASK_AGAIN_AFTER_MS = [1_000, 4_000, 15_000];

export function Eyes({ story, version, vision }: { story: Story; version: number; vision: boolean }) {
  const newest = useSlowly(
    useMemo(() => newestOf(story), [story, version]),
    (one) => one?.frame_id,
  );
  return (
    <section className="eyes" aria-labelledby="eyes">
      <h2 id="eyes">
        <Icon name="eye" />
        What Parley sees
      </h2>
      {!vision && <p className="muted">Parley does not look at screens in this meeting.</p>}
      {vision && !newest && <p className="muted">Nothing yet. When a screen is shared, what Parley keeps of it stands here.</p>}
      {newest && (
        <div className="seen-now">
          <Picture frameId={newest.frame_id} alt={`The shared screen at ${clock(newest.shown_at_ms)}`} />
          <div className="seen-text">
            <p className="muted">
              <strong>{clock(newest.shown_at_ms)}</strong>
              {newest.reason && ` · kept because ${because(newest.reason)}`}
            </p>
            <div className="read-text" tabIndex={0} role="region" aria-label="Text that Parley read">
              <ReadText frame={newest} />
            </div>
          </div>
        </div>
      )}
    </section>
  );
}

export function ReadText({ frame }: { frame: Frame }) {
  if (frame.shed) return <p className="muted">Not read: newer frames came first.</p>;
  if (!frame.lines) return <p className="muted">Being read…</p>;
  if (frame.lines.length === 0) return <p className="muted">No text was found on it.</p>;
  return (
    <>
      <p className="muted">{count(frame.lines.length, "line")}</p>
      {frame.lines.map((line, at) => (
        <p key={at}>{line}</p>
      ))}
    </>
  );
}

/** A kept picture. It is asked for again: it may be on its way, or the connection lost. */
export function Picture({ frameId, alt }: { frameId: string; alt: string }) {
  const [tried, setTried] = useState(0);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    setTried(0);
    setWaiting(false);
  }, [frameId]);
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(() => {
      setTried((before) => before + 1);
      setWaiting(false);
    }, ASK_AGAIN_AFTER_MS[tried]);
    return () => clearTimeout(timer);
  }, [waiting, tried]);
  if (tried >= ASK_AGAIN_AFTER_MS.length) return <p className="gone">The picture is no longer kept.</p>;
  return <img key={`${frameId}/${tried}`} src={pictureOf(frameId)} alt={alt} decoding="async" onError={() => setWaiting(true)} />;
}

/** The value, changed for another one at most every so often; the same one anew is shown at once. */
function useSlowly<T>(value: T, nameOf: (value: T) => unknown): T {
  const [shown, setShown] = useState({ value, at_ms: 0 });
  const isAnother = nameOf(value) !== nameOf(shown.value);
  useEffect(() => {
    if (!isAnother) return;
    const wait_ms = Math.max(0, shown.at_ms + LOOK_EVERY_MS - Date.now());
    const timer = setTimeout(() => setShown({ value, at_ms: Date.now() }), wait_ms);
    return () => clearTimeout(timer);
  }, [value, isAnother, shown.at_ms]);
  return isAnother ? shown.value : value;
}

function newestOf(story: Story): Frame | null {
  let newest: Frame | null = null;
  for (const one of story.frames.values()) if (!newest || one.shown_at_ms >= newest.shown_at_ms) newest = one;
  return newest;
}
