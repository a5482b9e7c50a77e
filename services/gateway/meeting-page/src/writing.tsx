// A message to everybody and Parley. Parley answers each.

import { useRef, useState } from "react";

const MOST_CHARS = 4_000;

export function ChatBox({ send, writable }: { send: (text: string) => Promise<void>; writable: boolean }) {
  const [text, setText] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);

  const submit = async () => {
    const said = text.trim();
    if (!said || busy) return;
    setBusy(true);
    setTrouble("");
    try {
      await send(said);
      setText("");
      if (box.current) box.current.style.blockSize = "auto";
    } catch {
      setTrouble("The message did not get through. Send it again.");
    } finally {
      setBusy(false);
      box.current?.focus();
    }
  };

  return (
    <form
      className="chat"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label className="hidden-visually" htmlFor="message">
        Write to everybody and Parley
      </label>
      <textarea
        id="message"
        ref={box}
        rows={1}
        maxLength={MOST_CHARS}
        placeholder="Write to everybody and Parley"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          target.style.blockSize = "auto";
          target.style.blockSize = `${target.scrollHeight + 2}px`;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            void submit();
          }
        }}
      />
      <button type="submit" disabled={busy || !writable}>
        Send
      </button>
      <p className="error" role="alert">
        {trouble}
      </p>
    </form>
  );
}
