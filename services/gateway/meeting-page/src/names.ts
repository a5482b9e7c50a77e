import { ParticipantKind } from "livekit-client";

/** What a participant is called on the page. */
export function nameOf(one: { name?: string | undefined; identity: string; kind?: ParticipantKind }): string {
  return one.kind === ParticipantKind.AGENT ? "Parley" : one.name || one.identity;
}
