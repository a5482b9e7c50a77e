// What is being said right now, before it stands in the transcript.

import type { Room, TextStreamReader } from "livekit-client";
import { useEffect, useState } from "react";

const TOPIC = "lk.transcription";
const SHOWN_FOR_MS = 6_000;
const SHOWN_CHARS = 220;

export interface Caption {
  identity: string;
  text: string;
}

/** The newest words of whoever spoke last; null when it has been quiet. */
export function useCaption(room: Room): Caption | null {
  const [caption, setCaption] = useState<Caption | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (identity: string, text: string) => {
      setCaption({ identity, text: text.length > SHOWN_CHARS ? `…${text.slice(-SHOWN_CHARS)}` : text });
      clearTimeout(timer);
      timer = setTimeout(() => setCaption(null), SHOWN_FOR_MS);
    };
    const read = async (reader: TextStreamReader, identity: string) => {
      let text = "";
      try {
        for await (const piece of reader) {
          text += piece;
          if (text.trim()) show(identity, text);
        }
      } catch {
        // Cut off; the transcript has the whole.
      }
    };
    room.registerTextStreamHandler(TOPIC, (reader, { identity }) => void read(reader, identity));
    return () => {
      clearTimeout(timer);
      room.unregisterTextStreamHandler(TOPIC);
    };
  }, [room]);
  return caption;
}
