// How numbers are shown.

/** Milliseconds as m:ss. */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A decimal string of dollars: two figures that tell something, never less than what was spent. */
export function usd(amount) {
  const value = Number(amount);
  if (!value) return "$0";
  if (Math.abs(value) >= 1) return `$${value.toFixed(2)}`;
  const digits = Math.min(10, 1 - Math.floor(Math.log10(Math.abs(value))));
  return `$${value.toFixed(Math.max(2, digits))}`;
}

export const percent = (ratio) => `${Math.round(ratio * 100)} %`;

export const took = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const KEPT_BECAUSE = {
  first: ["First", "the first frame of the meeting"],
  changed: ["Changed", "what it shows changed"],
  settled: ["Settled", "the screen came to rest after it moved"],
  returned: ["Returned", "an earlier picture came back"],
  asked: ["Asked", "a question was asked about it"],
  silence: ["Quiet", "nothing had been kept for a while"],
  rate: ["Sampled", "it was due at a fixed rate"],
};

export const reason = (name) => (KEPT_BECAUSE[name] ?? [name])[0];
export const because = (name) => (KEPT_BECAUSE[name] ?? [name, name])[1];

export const REFUSED = {
  busy: "too many questions at once",
  deadline: "it took too long",
  no_provider: "no model could be reached",
  budget: "the budget is used up",
  invalid: "the question could not be understood",
  internal: "something went wrong",
};
