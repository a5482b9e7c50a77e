// Microphones and screens: what is asked of the browser, and its refusals in words.

import {
  type AudioCaptureOptions,
  type RoomOptions,
  type ScreenShareCaptureOptions,
  type TrackPublishOptions,
  VideoPresets,
} from "livekit-client";

export const HEARD: AudioCaptureOptions = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Small text stays readable: no scaling down, few frames, what is left of the bits goes to sharpness. */
export const SHARED: ScreenShareCaptureOptions = {
  audio: false,
  contentHint: "text",
  resolution: { width: 1920, height: 1080, frameRate: 10 },
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
};

/** VP8 costs the agent least to decode (research of November 2026: VP9 alike, H.264 and AV1 a third more). */
export const SHARED_AS: TrackPublishOptions = {
  videoCodec: "vp8",
  simulcast: false,
  backupCodec: false,
  screenShareEncoding: { maxBitrate: 2_500_000, maxFramerate: 10 },
};

export const ROOM: RoomOptions = {
  adaptiveStream: true,
  dynacast: true,
  audioCaptureDefaults: HEARD,
  videoCaptureDefaults: { resolution: VideoPresets.h360.resolution },
  // The browser's own sign goes out with the microphone.
  publishDefaults: { stopMicTrackOnMute: true, dtx: true, red: true },
};

export const canShare = () => typeof navigator.mediaDevices?.getDisplayMedia === "function";

type Thing = "microphone" | "camera";

/** One clear sentence for what getUserMedia or getDisplayMedia threw. */
export function whyNot(error: unknown, thing: Thing): string {
  const name = error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return `The browser does not let this page use a ${thing}: allow it beside the address, or go on without.`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No ${thing} was found: plug one in, or go on without.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${thing} cannot be used; another program may hold it.`;
    default:
      return window.isSecureContext
        ? `The ${thing} could not be started.`
        : `A browser gives a ${thing} only to pages over HTTPS, or of this machine.`;
  }
}

export function whyNotShared(error: unknown): string | null {
  const { name = "", message = "" } = error instanceof Error ? error : {};
  // Who closes the browser's picker has changed their mind: nothing to tell.
  if (name === "NotAllowedError" && !/system/i.test(message)) return null;
  if (name === "NotAllowedError") return "This system does not let the browser record the screen: allow it in the settings.";
  return "The screen could not be shared.";
}
