// The microphone before joining: which one, and that it hears something.

import { useTrackVolume } from "@livekit/components-react";
import { createLocalAudioTrack, type LocalAudioTrack } from "livekit-client";
import { useEffect, useId, useState } from "react";

import { HEARD, whyNot } from "./devices";

export interface Trial {
  track: LocalAudioTrack | null;
  trouble: string;
}

/** Opens a microphone while it is wanted, for nobody but this page to hear. */
export function useTrial(wanted: boolean, deviceId: string): Trial {
  const [trial, setTrial] = useState<Trial>({ track: null, trouble: "" });
  useEffect(() => {
    if (!wanted) return;
    let ended = false;
    let mine: LocalAudioTrack | null = null;
    createLocalAudioTrack({ ...HEARD, ...(deviceId && { deviceId }) }).then(
      (track) => {
        if (ended) track.stop();
        else {
          setTrial({ track: (mine = track), trouble: "" });
          dispatchEvent(new Event(ALLOWED));
        }
      },
      (error: unknown) => !ended && setTrial({ track: null, trouble: whyNot(error, "microphone") }),
    );
    return () => {
      ended = true;
      mine?.stop();
      setTrial({ track: null, trouble: "" });
    };
  }, [wanted, deviceId]);
  return trial;
}

const BARS = 14;

/** How loud it is now, in bars; a quiet voice fills a third of them. */
export function Level({ track }: { track: LocalAudioTrack | null }) {
  const volume = useTrackVolume(track ?? undefined);
  const lit = track ? Math.min(BARS, Math.round(volume ** 0.8 * BARS)) : 0;
  return (
    <div className="level" role="meter" aria-label="Microphone level" aria-valuemin={0} aria-valuemax={BARS} aria-valuenow={lit}>
      {Array.from({ length: BARS }, (_, at) => (
        <span key={at} data-lit={at < lit} />
      ))}
    </div>
  );
}

/** Without asking for anything: they have names once a microphone was allowed. */
function useDevices(kind: MediaDeviceKind): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices as MediaDevices | undefined; // none without HTTPS
    let ended = false;
    const look = () =>
      void media?.enumerateDevices().then(
        (all) => !ended && setDevices(all.filter((one) => one.kind === kind && one.deviceId !== "")),
        () => undefined, // then there is nothing to choose from
      );
    look();
    media?.addEventListener("devicechange", look);
    addEventListener(ALLOWED, look);
    return () => {
      ended = true;
      media?.removeEventListener("devicechange", look);
      removeEventListener(ALLOWED, look);
    };
  }, [kind]);
  return devices;
}

/** A microphone was opened: what was nameless has a name now. */
const ALLOWED = "parley:allowed";

/** One of this machine's microphones or loudspeakers; nothing where there is no choice. */
export function DeviceMenu({
  kind,
  label,
  value,
  choose,
}: {
  kind: "audioinput" | "audiooutput";
  label: string;
  value: string;
  choose: (deviceId: string) => void;
}) {
  const id = useId();
  const devices = useDevices(kind);
  if (devices.length === 0 || (kind === "audiooutput" && devices.length < 2)) return null;
  const known = devices.some((one) => one.deviceId === value);
  return (
    <div className="device">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={known ? value : (devices[0]?.deviceId ?? "")} onChange={(event) => choose(event.target.value)}>
        {devices.map((one, at) => (
          <option key={one.deviceId} value={one.deviceId}>
            {one.label || `${label} ${at + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
