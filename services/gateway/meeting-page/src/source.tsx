// What an answer stands on: the words of a document, or the picture of the screen.

import type { Source, Story } from "live-page/story.js";
import { useEffect, useRef } from "react";

import { Picture, ReadText } from "./eyes";
import { nameOf } from "./turn";

export function SourceDialog({ source, story, close }: { source: Source; story: Story; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // A modal dialog gives the focus back to the source when it closes.
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const frame = source.kind === "screen" ? story.frames.get(source.frame_id) : undefined;
  return (
    <dialog ref={dialog} className="source" aria-labelledby="source-title" onClose={close}>
      <form method="dialog">
        <h2 id="source-title">{nameOf(source)}</h2>
        <button className="quiet" value="close" aria-label="Close">
          ✕
        </button>
      </form>
      <div className="source-body" tabIndex={0} role="region" aria-label="Source">
        {source.kind === "screen" && <Picture frameId={source.frame_id} alt="The shared screen, as Parley kept it" />}
        <blockquote>{source.quote}</blockquote>
        {source.kind === "passage" && (
          <p className="muted">
            Quoted from {source.document}
            {source.page !== null && `, page ${source.page}`}
          </p>
        )}
        {frame && (
          <details>
            <summary>All text read from it</summary>
            <ReadText frame={frame} />
          </details>
        )}
      </div>
    </dialog>
  );
}
