// The session as it happens, for React: the live page's own Story, fed by the guest's events.

import { follow } from "live-page/feed.js";
import { CostWatch } from "live-page/price.js";
import { Story } from "live-page/story.js";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { EVENTS, readCosts } from "./gateway";

/** However many events come in between. */
const SHOWN_EVERY_MS = 40;

export type Listening = "waiting" | "live" | "lost" | "refused";

class Telling {
  readonly story: Story;
  listening: Listening = "waiting";
  #version = 0;
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(sessionId: string) {
    this.story = new Story(sessionId);
  }

  follow(signal: AbortSignal) {
    const priced = (costs: Parameters<Story["priced"]>[0]) => {
      this.story.priced(costs);
      this.#changed();
    };
    const costs = new CostWatch(readCosts, priced, signal);
    costs.soon();
    void follow(EVENTS, {
      signal,
      event: (one) => {
        if (this.story.take(one).length === 0) return;
        this.#changed();
        costs.soon();
      },
      state: (state) => {
        this.listening = state;
        this.#changed();
      },
    });
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  version = () => this.#version;

  #changed() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }, SHOWN_EVERY_MS);
  }
}

export function useStory(sessionId: string): { story: Story; listening: Listening; version: number } {
  const telling = useMemo(() => new Telling(sessionId), [sessionId]);
  useEffect(() => {
    const ended = new AbortController();
    telling.follow(ended.signal);
    return () => ended.abort();
  }, [telling]);
  const version = useSyncExternalStore(telling.subscribe, telling.version);
  return { story: telling.story, listening: telling.listening, version };
}
