// The room's chat: LiveKit's text streams on `lk.chat`, people's and Parley's.

import { ParticipantKind, type Room, type TextStreamReader } from "livekit-client";
import { useCallback, useEffect, useState } from "react";

import { gatewayNow } from "./gateway";

const TOPIC = "lk.chat";
const MOST_MESSAGES = 500;
const MOST_CHARS = 8_000;

export interface Message {
  /** LiveKit's stream id. */
  id: string;
  at_ms: number;
  name: string;
  fromParley: boolean;
  text: string;
  /** Of the turn that it answers, as its sender says: anybody can. */
  turn_id: string | null;
}

export interface Chat {
  messages: readonly Message[];
  send: (text: string) => Promise<void>;
}

/** @param openedMs of the session, in the gateway's time. */
export function useChat(room: Room, openedMs: number): Chat {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const put = useCallback((message: Message) => {
    setMessages((known) => {
      const at = known.findIndex((one) => one.id === message.id);
      return at < 0 ? [...known, message].slice(-MOST_MESSAGES) : known.with(at, message);
    });
  }, []);

  useEffect(() => {
    const read = async (reader: TextStreamReader, identity: string) => {
      const from = room.remoteParticipants.get(identity);
      let message: Message = {
        id: reader.info.id,
        at_ms: gatewayNow() - openedMs,
        name: from?.name || identity,
        fromParley: from?.kind === ParticipantKind.AGENT,
        text: "",
        turn_id: reader.info.attributes?.["parley.turn_id"] ?? null,
      };
      try {
        for await (const piece of reader) {
          message = { ...message, text: (message.text + piece).slice(0, MOST_CHARS) };
          put(message);
        }
      } catch {
        // Cut off: what came stands; an answer comes whole with the session's events.
      }
    };
    room.registerTextStreamHandler(TOPIC, (reader, { identity }) => void read(reader, identity));
    return () => room.unregisterTextStreamHandler(TOPIC);
  }, [room, openedMs, put]);

  const send = useCallback(
    async (text: string) => {
      const { id } = await room.localParticipant.sendText(text, { topic: TOPIC });
      put({ id, at_ms: gatewayNow() - openedMs, name: room.localParticipant.name || "You", fromParley: false, text, turn_id: null });
    },
    [room, openedMs, put],
  );
  return { messages, send };
}
