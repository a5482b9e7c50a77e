// In the room.

import { RoomAudioRenderer, RoomContext, StartAudio } from "@livekit/components-react";
import type { Story } from "live-page/story.js";
import { Room } from "livekit-client";
import { useCallback, useEffect, useRef, useState } from "react";

import { useChat } from "./chat";
import { type Connection, type Ending, LEFT, useConnection } from "./connection";
import { Controls } from "./controls";
import { Conversation } from "./conversation";
import { ROOM, whyNot } from "./devices";
import type { Entering } from "./door";
import { Eyes } from "./eyes";
import type { Door, Ticket } from "./gateway";
import { Brand } from "./icons";
import { AgentState, People } from "./people";
import { Stage } from "./stage";
import { type Listening, useStory } from "./telling";

interface Props {
  door: Door;
  ticket: Ticket;
  entering: Entering;
  left: (ending: Ending) => void;
}

const options = ({ deviceId, speakerId }: Entering) => ({
  ...ROOM,
  audioCaptureDefaults: { ...ROOM.audioCaptureDefaults, ...(deviceId && { deviceId }) },
  ...(speakerId && { audioOutput: { deviceId: speakerId } }),
});

export function Meeting({ door, ticket, entering, left }: Props) {
  const [room] = useState(() => new Room(options(entering)));
  const [trouble, setTrouble] = useState("");
  // What this person had on last: after a long loss the microphone comes back by itself, a shared
  // screen only by their hand.
  const had = useRef({ microphone: entering.microphone, screen: false });
  const { story, listening, version } = useStory(ticket.session_id);
  const chat = useChat(room, Date.parse(ticket.opened_at));

  const joined = useCallback(
    async (first: boolean) => {
      if (!first && had.current.screen) setTrouble("Your screen is no longer shared: share it again.");
      if (!had.current.microphone) return;
      try {
        await room.localParticipant.setMicrophoneEnabled(true);
      } catch (error) {
        setTrouble(whyNot(error, "microphone"));
      }
    },
    [room],
  );
  const connection = useConnection(room, ticket, { joined: (first) => void joined(first), over: left });

  useEffect(() => {
    document.querySelector<HTMLElement>("h1")?.focus();
  }, []);

  return (
    <RoomContext.Provider value={room}>
      <div className="meet">
        <header className="top">
          <Brand />
          <h1 className="meet-title" tabIndex={-1}>
            {ticket.title || "Meeting"}
          </h1>
          <AgentState asked={isAsked(story)} />
          <ConnectionState connection={connection} listening={listening} />
        </header>
        <main className="meet-main">
          <div className="seen">
            <Stage />
            <People />
            <Eyes story={story} version={version} vision={door.vision} />
          </div>
          <Conversation story={story} version={version} chat={chat} writable={connection === "live"} />
        </main>
        <footer className="meet-foot">
          {trouble && (
            <p className="warning" role="alert">
              {trouble}{" "}
              <button type="button" className="quiet" onClick={() => setTrouble("")}>
                Understood
              </button>
            </p>
          )}
          <StartAudio label="Turn the sound on" className="start-audio" />
          <Controls
            camera={ticket.camera}
            vision={door.vision}
            ready={connection === "live"}
            trouble={setTrouble}
            had={had.current}
            leave={() => left(LEFT)}
          />
        </footer>
      </div>
      <RoomAudioRenderer />
    </RoomContext.Provider>
  );
}

/** Longer than an answer may take: what is still open then was given up. */
const OPEN_AT_MOST_MS = 60_000;

function isAsked(story: Story): boolean {
  for (const turn of story.turns.values()) {
    if (turn.state === "pending" && story.reached - (turn.asked_at_ms ?? 0) < OPEN_AT_MOST_MS) return true;
  }
  return false;
}

function ConnectionState({ connection, listening }: { connection: Connection; listening: Listening }) {
  const lost = connection === "mending" || listening === "lost";
  const [state, text] =
    connection === "joining"
      ? ["idle", "Joining…"]
      : connection === "knocking"
        ? ["lost", "The meeting server does not answer, trying again…"]
      : lost
        ? ["lost", "Connection lost, trying again…"]
        : listening === "refused"
          ? ["refused", "Answers are no longer shown: join again"]
          : ["live", "Connected"];
  return (
    <p id="connection" className="connection" role="status" data-state={state}>
      {text}
    </p>
  );
}
