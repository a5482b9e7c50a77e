// Before joining: who one is, what one is heard with, and what Parley does here, said plainly.

import { useState } from "react";

import { type Door, Refused } from "./gateway";
import { Brand, Icon } from "./icons";
import { DeviceMenu, Level, useTrial } from "./microphone";
import { remember, remembered } from "./remembered";

const NAME_CHARS = 60;

/** What a person chose at the door. */
export interface Entering {
  name: string;
  consent: boolean;
  microphone: boolean;
  deviceId: string;
  speakerId: string;
}

export function DoorForm({ door, enter }: { door: Door; enter: (entering: Entering) => Promise<void> }) {
  const [name, setName] = useState(() => remembered("name"));
  const [consent, setConsent] = useState(false);
  const [microphone, setMicrophone] = useState(true);
  const [deviceId, setDeviceId] = useState(() => remembered("microphone"));
  const [speakerId, setSpeakerId] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const trial = useTrial(microphone && !busy, deviceId);

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const called = name.trim();
    if (!called) return setTrouble("Tell the others your name.");
    if (door.consent_needed && !consent) return setTrouble("Without your consent Parley may not hear you, so you cannot join.");
    const heard = microphone && !trial.trouble;
    remember("name", called);
    remember("microphone", deviceId);
    setTrouble("");
    setBusy(true); // also lets the microphone go: the meeting opens it anew
    try {
      await enter({ name: called, consent, microphone: heard, deviceId, speakerId });
    } catch (error) {
      setTrouble(error instanceof Refused ? error.message : "The meeting could not be joined.");
      setBusy(false);
    }
  };

  return (
    <main className="door meet-door">
      <Brand />
      <h1>{door.title || "Meeting"}</h1>
      <form className="door-form" onSubmit={(event) => void submit(event)} noValidate>
        <div className="field">
          <label htmlFor="name">Your name</label>
          <input id="name" value={name} maxLength={NAME_CHARS} autoComplete="name" autoFocus required aria-describedby="trouble" onChange={(event) => setName(event.target.value)} />
        </div>

        <fieldset className="field hearing">
          <legend className="hidden-visually">Sound</legend>
          <label className="check">
            <input type="checkbox" checked={microphone} onChange={(event) => setMicrophone(event.target.checked)} />
            Join with your microphone
          </label>
          {microphone && !trial.trouble && <Level track={trial.track} />}
          {microphone && (
            <DeviceMenu kind="audioinput" label="Microphone" value={deviceId} choose={setDeviceId} />
          )}
          <DeviceMenu kind="audiooutput" label="Speaker" value={speakerId} choose={setSpeakerId} />
          {microphone && trial.trouble && (
            <p className="warning" role="alert">
              {trial.trouble}
            </p>
          )}
        </fieldset>

        <Parley door={door} />
        {door.consent_needed && (
          <label className="check consent">
            <input type="checkbox" checked={consent} onChange={(event) => setConsent(event.target.checked)} />
            {door.vision ? "I agree that Parley hears me and sees the screens I share" : "I agree that Parley hears me"}
          </label>
        )}

        <button type="submit" disabled={busy}>
          {busy ? "Joining…" : "Join"}
        </button>
        <p id="trouble" className="error" role="alert">
          {trouble}
        </p>
      </form>
    </main>
  );
}

function Parley({ door }: { door: Door }) {
  return (
    <section className="told" aria-labelledby="told">
      <h2 id="told">Parley takes part in this meeting</h2>
      <ul>
        <li>
          <Icon name="ear" />
          It hears what is said, writes it down with your name, and answers aloud.
        </li>
        {door.vision && (
          <li>
            <Icon name="eye" />
            It sees the screen that is shared, and keeps pictures of it for a while.
          </li>
        )}
        <li>
          <Icon name="page" />
          It answers from the documents of whoever invited you.
        </li>
      </ul>
    </section>
  );
}
