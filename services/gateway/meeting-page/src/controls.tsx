// Microphone, screen, camera where it is allowed, devices, leave.

import { useLocalParticipant, useRoomContext } from "@livekit/components-react";
import { ConnectionState } from "livekit-client";
import { useEffect, useState } from "react";

import { canShare, SHARED, SHARED_AS, whyNot, whyNotShared } from "./devices";
import { Icon } from "./icons";
import { DeviceMenu } from "./microphone";
import { remember } from "./remembered";

interface Props {
  camera: boolean;
  vision: boolean;
  ready: boolean;
  trouble: (sentence: string) => void;
  had: { microphone: boolean; screen: boolean };
  leave: () => void;
}

export function Controls({ camera, vision, ready, trouble, had, leave }: Props) {
  const room = useRoomContext();
  const { localParticipant, isMicrophoneEnabled, isScreenShareEnabled, isCameraEnabled } = useLocalParticipant();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    // Also when it was stopped in the browser's own bar; not when the connection took it away.
    if (isScreenShareEnabled || room.state === ConnectionState.Connected) had.screen = isScreenShareEnabled;
  }, [isScreenShareEnabled, room, had]);

  const act = async (what: () => Promise<unknown>, refused: (error: unknown) => string | null) => {
    setBusy(true);
    trouble("");
    try {
      await what();
    } catch (error) {
      const sentence = refused(error);
      if (sentence) trouble(sentence);
    } finally {
      setBusy(false);
    }
  };

  const toggleMicrophone = () =>
    act(
      async () => {
        await localParticipant.setMicrophoneEnabled(!isMicrophoneEnabled);
        had.microphone = !isMicrophoneEnabled;
      },
      (error) => whyNot(error, "microphone"),
    );
  const toggleScreen = () =>
    act(() => localParticipant.setScreenShareEnabled(!isScreenShareEnabled, SHARED, SHARED_AS), whyNotShared);
  const toggleCamera = () =>
    act(
      () => localParticipant.setCameraEnabled(!isCameraEnabled),
      (error) => whyNot(error, "camera"),
    );
  const choose = (kind: MediaDeviceKind) => (deviceId: string) => {
    if (kind === "audioinput") remember("microphone", deviceId);
    void act(
      () => room.switchActiveDevice(kind, deviceId),
      (error) => (kind === "audioinput" ? whyNot(error, "microphone") : "The sound could not be moved to this speaker."),
    );
  };

  return (
    <div className="controls-bar" role="group" aria-label="Meeting">
      <button type="button" className="control" data-on={isMicrophoneEnabled} disabled={!ready || busy} onClick={() => void toggleMicrophone()}>
        <Icon name={isMicrophoneEnabled ? "mic" : "muted"} />
        {isMicrophoneEnabled ? "Mute" : "Unmute"}
      </button>
      {canShare() && (
        <button
          type="button"
          className="control"
          data-on={isScreenShareEnabled}
          disabled={!ready || busy}
          title={vision ? "Everybody and Parley see it" : "Everybody sees it; Parley does not look at screens here"}
          onClick={() => void toggleScreen()}
        >
          <Icon name="screen" />
          {isScreenShareEnabled ? "Stop sharing" : "Share screen"}
        </button>
      )}
      {camera && (
        <button type="button" className="control" data-on={isCameraEnabled} disabled={!ready || busy} onClick={() => void toggleCamera()}>
          <Icon name="camera" />
          {isCameraEnabled ? "Camera off" : "Camera on"}
        </button>
      )}
      <details
        className="devices"
        onBlur={({ currentTarget, relatedTarget }) => {
          if (!currentTarget.contains(relatedTarget)) currentTarget.open = false;
        }}
        onKeyDown={({ key, currentTarget }) => {
          if (key !== "Escape") return;
          currentTarget.open = false;
          currentTarget.querySelector("summary")?.focus();
        }}
      >
        <summary className="control">Devices</summary>
        <div className="devices-menu">
          <DeviceMenu kind="audioinput" label="Microphone" value={room.getActiveDevice("audioinput") ?? ""} choose={choose("audioinput")} />
          <DeviceMenu kind="audiooutput" label="Speaker" value={room.getActiveDevice("audiooutput") ?? ""} choose={choose("audiooutput")} />
        </div>
      </details>
      <button type="button" className="control leave" onClick={leave}>
        <Icon name="leave" />
        Leave
      </button>
    </div>
  );
}
