// The shared screen, large; the newest one where several share.

import { isTrackReference, useRoomContext, useTracks, VideoTrack } from "@livekit/components-react";
import { Track } from "livekit-client";
import { useState } from "react";

import { useCaption } from "./captions";
import { Icon } from "./icons";
import { nameOf } from "./names";

export function Stage() {
  const shared = useTracks([Track.Source.ScreenShare]).filter(isTrackReference);
  const [chosen, setChosen] = useState("");
  const shown = shared.find((one) => one.publication.trackSid === chosen) ?? shared.at(-1);
  return (
    <section className="stage-box" aria-label="Shared screen">
      <figure className="shared" data-empty={!shown}>
        {shown ? (
          <VideoTrack key={shown.publication.trackSid} trackRef={shown} aria-label={`Screen of ${nameOf(shown.participant)}`} />
        ) : (
          <p className="empty">
            <Icon name="screen" />
            Nobody shares a screen. What you share, Parley can be asked about.
          </p>
        )}
        <LiveCaption />
      </figure>
      {shown && (
        <div className="sharers">
          <p className="muted">
            {shown.participant.isLocal ? "You share your screen" : `${nameOf(shown.participant)} shares a screen`}
          </p>
          {shared.length > 1 &&
            shared.map((one) => (
              <button
                key={one.publication.trackSid}
                type="button"
                className="quiet"
                aria-pressed={one === shown}
                onClick={() => setChosen(one.publication.trackSid)}
              >
                {one.participant.isLocal ? "Yours" : nameOf(one.participant)}
              </button>
            ))}
        </div>
      )}
    </section>
  );
}

function LiveCaption() {
  const room = useRoomContext();
  const caption = useCaption(room);
  if (!caption) return null;
  const from = room.getParticipantByIdentity(caption.identity);
  return (
    <figcaption className="caption" aria-hidden="true">
      <b>{from ? nameOf(from) : "…"}</b> {caption.text}
    </figcaption>
  );
}
