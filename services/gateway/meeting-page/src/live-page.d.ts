// Modules of the live page that this page takes over as they are: gateway/page/*.js.

declare module "live-page/feed.js" {
  export interface FeedEvent {
    id: string | null;
    name: string;
    data: unknown;
  }
  export function follow(
    url: string,
    told: {
      event: (one: FeedEvent) => void;
      state: (state: "live" | "lost" | "refused", error?: Error & { status?: number }) => void;
      signal: AbortSignal;
    },
  ): Promise<void>;
}

declare module "live-page/format.js" {
  export function clock(ms: number): string;
  export function usd(amount: string): string;
  export function percent(ratio: number): string;
  export function took(ms: number): string;
  export function count(n: number, one: string, many?: string): string;
  export function because(reason: string): string;
  export const REFUSED: Record<string, string>;
}

declare module "live-page/markdown.js" {
  export type Span =
    | { kind: "text" | "code" | "bold" | "italic"; text: string }
    | { kind: "link"; text: string; href: string };
  export type Block =
    | { kind: "paragraph"; lines: Span[][] }
    | { kind: "list"; start: number | null; items: Span[][] }
    | { kind: "code"; text: string };
  export function blocksOf(text: string): Block[];
}

declare module "live-page/price.js" {
  import type { PriceTag, SessionCosts } from "live-page/story.js";

  export function legsInWords(tag: PriceTag): string;
  export function totalInWords(tag: PriceTag): string;
  export function sharedInWords(costs: SessionCosts): string;
  export class CostWatch {
    constructor(read: () => Promise<SessionCosts>, told: (costs: SessionCosts) => void, signal: AbortSignal);
    soon(): void;
  }
}

declare module "live-page/story.js" {
  import type { FeedEvent } from "live-page/feed.js";

  export interface PriceTag {
    legs: { leg: string; cost_usd: string; estimate_usd: string; confirmed: boolean }[];
    cost_usd: string;
    estimate_usd: string;
  }
  export interface SessionCosts extends PriceTag {
    turns: (PriceTag & { turn_id: string })[];
    shared: PriceTag;
  }

  export interface PassageSource {
    kind: "passage";
    document_id: string;
    document: string;
    page: number | null;
    quote: string;
  }
  export interface ScreenSource {
    kind: "screen";
    frame_id: string;
    screen_at_ms: number;
    quote: string;
  }
  export type Source = PassageSource | ScreenSource;

  export interface Turn {
    turn_id: string;
    asked_at_ms: number | null;
    channel: "voice" | "chat";
    speaker: string;
    text: string;
    answer: string | null;
    state: "pending" | "answered" | "refused" | "superseded";
    abstained: boolean;
    sources: Source[];
    cost_usd: string;
    latency_ms: Record<string, number>;
    confidence: number | null;
    refused: string | null;
    interrupted_at_chars: number | null;
    draft: string;
    message_id?: string | null;
    price?: PriceTag | null;
  }
  export interface Said {
    start_ms: number;
    end_ms: number;
    speaker: string;
    text: string;
    turn_id: string | null;
  }
  export interface Frame {
    frame_id: string;
    shown_at_ms: number;
    reason: string | null;
    lines: string[] | null;
    shed?: boolean;
  }
  export class Story {
    constructor(sessionId: string);
    readonly id: string;
    utterances: Map<string, Said>;
    frames: Map<string, Frame>;
    turns: Map<string, Turn>;
    costs: SessionCosts | null;
    take(event: FeedEvent): string[];
    priced(costs: SessionCosts): string[];
    get reached(): number;
  }
}

declare module "*.css";
