// Who is here, who speaks, and what Parley does at the moment.

import { isTrackReference, useIsSpeaking, useParticipants, useRoomContext, useTracks, VideoTrack } from "@livekit/components-react";
import { type Participant, ParticipantKind, RoomEvent, Track } from "livekit-client";
import { useEffect, useState } from "react";

import { Icon } from "./icons";
import { nameOf } from "./names";

const COMES_WITHIN_MS = 20_000;
const HUES = 6;

export function People() {
  const everybody = useParticipants();
  const cameras = useTracks([Track.Source.Camera]).filter(isTrackReference);
  const people = everybody.filter((one) => one.kind !== ParticipantKind.AGENT);
  const agent = everybody.find((one) => one.kind === ParticipantKind.AGENT);
  return (
    <section className="people-box" aria-label="People">
      <ul className="people">
        {people.map((one) => {
          const camera = cameras.find((track) => track.participant.identity === one.identity && !track.publication.isMuted);
          return (
            <Person key={one.identity} one={one}>
              {camera ? <VideoTrack trackRef={camera} /> : <span aria-hidden="true">{initials(nameOf(one))}</span>}
            </Person>
          );
        })}
        {agent && (
          <Person key="parley" one={agent}>
            <img src="/page/icon.svg" alt="" />
          </Person>
        )}
      </ul>
    </section>
  );
}

function Person({ one, children }: { one: Participant; children: React.ReactNode }) {
  const speaking = useIsSpeaking(one);
  return (
    <li className="person" data-speaking={speaking} data-identity={one.identity}>
      <span className="face" data-hue={one.kind === ParticipantKind.AGENT ? 0 : hueOf(one.identity)}>
        {children}
      </span>
      <span className="person-name">
        {nameOf(one)}
        {one.isLocal && <span className="muted"> (you)</span>}
      </span>
      {!one.isMicrophoneEnabled && one.kind !== ParticipantKind.AGENT && (
        <span className="person-muted">
          <Icon name="muted" />
          <span className="hidden-visually">microphone off</span>
        </span>
      )}
      {speaking && <span className="hidden-visually">speaks</span>}
    </li>
  );
}

const DOES: Record<string, string> = {
  initializing: "Parley is coming",
  idle: "Parley listens",
  listening: "Parley listens",
  thinking: "Parley thinks",
  speaking: "Parley speaks",
};

const AGENT_TELLS = [RoomEvent.ParticipantAttributesChanged, RoomEvent.ActiveSpeakersChanged];

/** Listening, thinking (a question waits for its answer) or speaking. */
export function AgentState({ asked }: { asked: boolean }) {
  const agent = useParticipants({ updateOnlyOn: AGENT_TELLS }).find((one) => one.kind === ParticipantKind.AGENT);
  const missing = useMissing(agent === undefined);
  if (!agent) {
    return (
      <p className="agent" data-does={missing ? "missing" : "initializing"} role="status">
        {missing ? "Parley is not here at the moment" : "Parley is coming"}
      </p>
    );
  }
  // Its voice outlasts what it says of itself by what is still on its way; and while it waits for an
  // answer that others make, it says that it listens.
  const says = agent.attributes["lk.agent.state"] ?? "listening";
  const does = agent.isSpeaking ? "speaking" : asked && says !== "initializing" ? "thinking" : says;
  return (
    <p className="agent" data-does={does} role="status">
      {DOES[does] ?? DOES["listening"]}
    </p>
  );
}

/** True when Parley was expected for so long that something must be wrong. */
function useMissing(away: boolean): boolean {
  const room = useRoomContext();
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (!away) return;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setMissing(true), COMES_WITHIN_MS);
    };
    wait();
    room.on(RoomEvent.Connected, wait);
    return () => {
      clearTimeout(timer);
      room.off(RoomEvent.Connected, wait);
      setMissing(false);
    };
  }, [away, room]);
  return missing;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  return ([...first][0] ?? "") + ([...last][0] ?? "");
}

/** The same person has the same colour for everybody. */
function hueOf(identity: string): number {
  let sum = 0;
  for (const sign of identity) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9_973;
  return (sum % HUES) + 1;
}
