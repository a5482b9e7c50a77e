// The way into the room, and back into it: small losses LiveKit heals itself, long ones we do.

import { ConnectionState, DisconnectReason, type Room, RoomEvent } from "livekit-client";
import { useEffect, useRef, useState } from "react";

import { refresh, Refused, type Ticket } from "./gateway";

const TRY_FOR_MS = 120_000;
/** LiveKit's client tries ten times in 44 s; when its first try is cut off it may wait for ever (2.23). */
const HEALS_ITSELF_WITHIN_MS = 45_000;
const LEAVES_WITHIN_MS = 3_000;
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 5_000];

/** Why one is out of the room. */
export interface Ending {
  title: string;
  sentence: string;
  again: boolean;
}

/** `knocking`: not in yet, and the first try failed. */
export type Connection = "joining" | "knocking" | "live" | "mending";

export const LEFT: Ending = { title: "You left the meeting", sentence: "Parley and the others go on without you.", again: true };
const LOST: Ending = {
  title: "The connection is lost",
  sentence: "The meeting could not be reached for two minutes.",
  again: true,
};
const ENDINGS: Partial<Record<DisconnectReason, Ending>> = {
  [DisconnectReason.DUPLICATE_IDENTITY]: {
    title: "You are in this meeting elsewhere",
    sentence: "It was opened again in another window with the same pass.",
    again: true,
  },
  [DisconnectReason.PARTICIPANT_REMOVED]: {
    title: "You were taken out of the meeting",
    sentence: "Somebody who may do so removed you.",
    again: false,
  },
  [DisconnectReason.ROOM_DELETED]: { title: "The meeting is over", sentence: "Its room was closed.", again: false },
  [DisconnectReason.ROOM_CLOSED]: { title: "The meeting is over", sentence: "Its room was closed.", again: false },
};

/**
 * Connects, and connects again with a new token, until the meeting ends for us.
 *
 * @param told `joined` after each way in, with whether it was the first; `over` once, at the end.
 */
export function useConnection(
  room: Room,
  ticket: Ticket,
  told: { joined: (first: boolean) => void; over: (ending: Ending) => void },
): Connection {
  const [state, setState] = useState<Connection>("joining");
  const tell = useRef(told);
  useEffect(() => {
    tell.current = told;
  });

  useEffect(() => {
    const ended = new AbortController();
    let first = true;
    let mending = false;
    let patience: ReturnType<typeof setTimeout> | undefined;

    const healed = () => {
      clearTimeout(patience);
      patience = undefined;
    };

    const over = (ending: Ending) => {
      if (ended.signal.aborted) return;
      ended.abort();
      tell.current.over(ending);
    };

    const enter = async (begin: Ticket | null) => {
      if (mending) return;
      mending = true;
      healed();
      const until = Date.now() + TRY_FOR_MS;
      let have = begin;
      for (let tried = 0; !ended.signal.aborted; tried += 1) {
        try {
          have ??= await refresh();
          await room.connect(have.livekit_url, have.token);
          break;
        } catch (error) {
          have = null;
          if (error instanceof Refused && !error.passes) return over({ title: "The meeting is over for you", sentence: error.message, again: true });
          if (Date.now() > until) return over(LOST);
          setState(first ? "knocking" : "mending");
          await pause(PAUSES_MS[Math.min(tried, PAUSES_MS.length - 1)] ?? 0, ended.signal);
        }
      }
      mending = false;
      if (ended.signal.aborted) return;
      setState("live");
      tell.current.joined(first);
      first = false;
    };

    /** Leave the room, for who is not in it any more, and come back. */
    const comeBack = async () => {
      if (mending || ended.signal.aborted) return;
      mending = true;
      await Promise.race([room.disconnect(), pause(LEAVES_WITHIN_MS, ended.signal)]).catch(() => undefined);
      mending = false;
      await enter(null);
    };

    const onState = (now: ConnectionState) => {
      if (mending || now === ConnectionState.Disconnected) return;
      if (now === ConnectionState.Connected) {
        healed();
        return setState("live");
      }
      setState("mending");
      patience ??= setTimeout(() => void comeBack(), HEALS_ITSELF_WITHIN_MS);
    };
    const onDisconnected = (reason?: DisconnectReason) => {
      if (mending || ended.signal.aborted) return;
      const ending = reason === undefined ? undefined : ENDINGS[reason];
      if (ending) return over(ending);
      setState("mending");
      void enter(null);
    };
    room.on(RoomEvent.ConnectionStateChanged, onState).on(RoomEvent.Disconnected, onDisconnected);
    void enter(ticket);
    return () => {
      ended.abort();
      healed();
      room.off(RoomEvent.ConnectionStateChanged, onState).off(RoomEvent.Disconnected, onDisconnected);
      void room.disconnect();
    };
  }, [room, ticket]);

  return state;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resume) => {
    const timer = setTimeout(resume, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resume()), { once: true });
  });
}
