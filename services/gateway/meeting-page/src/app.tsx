// From the invite to the door, into the room, and out again.

import { useCallback, useEffect, useState } from "react";

import { DoorForm, type Entering } from "./door";
import { type Door, join, readDoor, Refused, type Ticket } from "./gateway";
import { Brand } from "./icons";
import { Meeting } from "./meeting";
import type { Ending } from "./connection";

const RETRY_MS = 2_000;

type Stage =
  | { at: "opening"; trouble: string }
  | { at: "closed"; why: string }
  | { at: "door"; door: Door }
  | { at: "room"; door: Door; ticket: Ticket; entering: Entering }
  | { at: "out"; door: Door; ending: Ending };

const inviteOf = () => new URLSearchParams(location.hash.slice(1)).get("invite") ?? "";

export function App() {
  const [invite] = useState(inviteOf);
  const [stage, setStage] = useState<Stage>({ at: "opening", trouble: "" });

  useEffect(() => {
    // Another invite put into the bar of an open page changes only what stands after `#`.
    const again = () => location.reload();
    addEventListener("hashchange", again);
    return () => removeEventListener("hashchange", again);
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        if (!invite) throw new Refused(404, "no_invite", "This address holds no invite: ask for the whole link.");
        setStage({ at: "door", door: await readDoor(invite) });
      } catch (error) {
        const refused = error as Refused;
        if (!refused.passes) setStage({ at: "closed", why: refused.message });
        else {
          setStage({ at: "opening", trouble: refused.message });
          timer = setTimeout(() => void look(), RETRY_MS);
        }
      }
    };
    void look();
    return () => clearTimeout(timer);
  }, [invite]);

  const title = "door" in stage ? stage.door.title : "";
  useEffect(() => {
    document.title = `${title || "Meeting"} · Parley`;
  }, [title]);

  const enter = useCallback(
    async (door: Door, entering: Entering) => {
      const ticket = await join(invite, entering.name, entering.consent);
      setStage({ at: "room", door, ticket, entering });
    },
    [invite],
  );

  switch (stage.at) {
    case "opening":
      return (
        <Plain>
          <p role="status">{stage.trouble || "Opening the meeting…"}</p>
          {stage.trouble && <p className="muted">Trying again…</p>}
        </Plain>
      );
    case "closed":
      return (
        <Plain>
          <h1>You cannot join</h1>
          <p role="alert">{stage.why}</p>
        </Plain>
      );
    case "door":
      return <DoorForm door={stage.door} enter={(entering) => enter(stage.door, entering)} />;
    case "room":
      return (
        <Meeting
          door={stage.door}
          ticket={stage.ticket}
          entering={stage.entering}
          left={(ending) => setStage({ at: "out", door: stage.door, ending })}
        />
      );
    case "out":
      return (
        <Plain>
          <h1>{stage.ending.title}</h1>
          <p role="status">{stage.ending.sentence}</p>
          {stage.ending.again && (
            <button type="button" onClick={() => setStage({ at: "door", door: stage.door })}>
              Join again
            </button>
          )}
        </Plain>
      );
  }
}

function Plain({ children }: { children: React.ReactNode }) {
  return (
    <main className="door">
      <Brand />
      {children}
    </main>
  );
}
