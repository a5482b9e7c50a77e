// What a guest may ask of the gateway: contracts/http/rooms.py. The cookie goes along by itself.

import type { SessionCosts } from "live-page/story.js";

const ANSWER_WITHIN_MS = 15_000;

export interface Door {
  title: string;
  consent_needed: boolean;
  camera: boolean;
  vision: boolean;
}

export interface Ticket {
  livekit_url: string;
  token: string;
  identity: string;
  session_id: string;
  title: string;
  camera: boolean;
  /** Of the session: zero of every `_ms`. */
  opened_at: string;
}

/** What the gateway said, in a sentence for people; status 0: it could not be asked. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }

  /** Asking again may help. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const readDoor = (invite: string) => post<Door>("/v1/meet/door", { invite });

export const join = (invite: string, name: string, consent: boolean) =>
  post<Ticket>("/v1/meet/join", { invite, name, consent });

/** A new token for who has joined already. */
export const refresh = () => post<Ticket>("/v1/meet/token");

/** What the meeting cost so far. */
export const readCosts = () => asked<SessionCosts>("/v1/meet/costs", { method: "GET" });

export const EVENTS = "/v1/meet/events";
export const pictureOf = (frameId: string) => `/v1/meet/frames/${encodeURIComponent(frameId)}/picture`;

/** How far this machine's clock is behind the gateway's, milliseconds; to a second. */
let behindMs = 0;
export const gatewayNow = () => Date.now() + behindMs;

function post<T>(path: string, body?: object): Promise<T> {
  const headers = body ? { "Content-Type": "application/json" } : {};
  return asked<T>(path, { method: "POST", headers, ...(body && { body: JSON.stringify(body) }) });
}

async function asked<T>(path: string, request: RequestInit): Promise<T> {
  let reply: Response;
  try {
    reply = await fetch(path, {
      ...request,
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch {
    throw new Refused(0, "unreachable", "Parley does not answer. Is it still running?");
  }
  const said: unknown = await reply.json().catch(() => null);
  if (!reply.ok) throw refusal(reply.status, said);
  const date = Date.parse(reply.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) behindMs = Math.abs(date - Date.now()) < 2_000 ? 0 : date - Date.now();
  return said as T;
}

function refusal(status: number, said: unknown): Refused {
  const { code = "unknown", detail = `Parley answered ${status}.` } = (said ?? {}) as { code?: string; detail?: string };
  return new Refused(status, code, detail);
}
