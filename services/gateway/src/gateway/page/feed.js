// Follows a session's events. Read by fetch, not EventSource: so the last id survives every kind of
// end, a refusal can be told from a loss, and silence (the gateway sends a comment every few
// seconds) is noticed.

const SILENCE_AT_MOST_MS = 45_000;
const RETRY_MS = [300, 600, 1000, 2000, 3000];

/**
 * @param {string} url of the session's events.
 * @param {{event: Function, state: Function, signal: AbortSignal}} told
 *   event({id, name, data}) for each, in order; state("live" | "lost" | "refused", error?).
 */
export async function follow(url, { event, state, signal }) {
  let last = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readOnce(url, last, signal, (one) => {
        last = one.id ?? last;
        event(one);
      }, () => {
        failures = 0;
        state("live");
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error.status && error.status < 500 && error.status !== 429) {
        state("refused", error);
        return;
      }
      state("lost", error);
    }
    if (signal.aborted) return;
    if (failures > 0) state("lost");
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)], signal);
    failures += 1;
  }
}

async function readOnce(url, last, signal, event, opened) {
  const attempt = new AbortController();
  const end = () => attempt.abort();
  signal.addEventListener("abort", end);
  let silence = setTimeout(end, SILENCE_AT_MOST_MS);
  try {
    const reply = await fetch(url, {
      headers: { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) },
      credentials: "same-origin",
      cache: "no-store",
      signal: attempt.signal,
    });
    if (!reply.ok) {
      const said = await reply.json().catch(() => ({}));
      throw Object.assign(new Error(said.detail ?? `Parley answered ${reply.status}.`), { status: reply.status });
    }
    opened();
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = parser(event);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_AT_MOST_MS);
      parse(value);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Pieces of text in, whole events out (WHATWG HTML, 9.2.6); CR alone is not used by the gateway. */
export function parser(event) {
  let rest = "";
  let one = { id: null, name: "message", data: [] };
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (one.data.length) event({ id: one.id, name: one.name, data: JSON.parse(one.data.join("\n")) });
        one = { id: null, name: "message", data: [] };
        continue;
      }
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "id") one.id = value;
      else if (name === "event") one.name = value;
      else if (name === "data") one.data.push(value);
    }
  };
}

function pause(ms, signal) {
  return new Promise((resume) => {
    const timer = setTimeout(resume, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resume(); }, { once: true });
  });
}
