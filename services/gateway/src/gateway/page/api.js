// The gateway's API as the page uses it. The cookie goes along by itself.

const ANSWER_WITHIN_MS = 30_000;

/** What the gateway said, or that it could not be asked (status 0). */
export class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export async function call(method, path, { json, headers, timeout = ANSWER_WITHIN_MS } = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      method,
      headers: { ...(json === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: json === undefined ? undefined : JSON.stringify(json),
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeout),
    });
  } catch {
    throw new Refused(0, "unreachable", "Parley does not answer. Is it still running?");
  }
  if (reply.status === 204) return null;
  const said = await reply.json().catch(() => ({}));
  if (!reply.ok) throw refusal(reply.status, said);
  return said;
}

export const get = (path) => call("GET", path);
export const post = (path, json, headers) => call("POST", path, { json, headers });

const MOST_PAGES = 4;

/** All documents of the tenant, by name; of very many the first ones. */
export async function allDocuments() {
  const found = [];
  let after = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { documents, next } = await get(`/v1/knowledge?limit=500${after ? `&after=${after}` : ""}`);
    found.push(...documents);
    if (!next) break;
    after = next;
  }
  return found;
}

function refusal(status, said) {
  return new Refused(status, said.code ?? "unknown", said.detail ?? `Parley answered ${status}.`);
}

/**
 * Send a body with its progress told.
 * @returns {Promise<object>} the answer.
 */
export function upload(path, body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 ? resolve(request.response) : reject(refusal(request.status, request.response ?? {}));
    request.onerror = () =>
      reject(new Refused(0, "cut_off", "The upload was cut off: the file is too large, or the connection was lost."));
    request.send(body);
  });
}

/**
 * Who the page is open for. A code in the address is swapped for a cookie and leaves the address.
 * @returns {Promise<object|null>} null: nobody is let in; `error` says why a code was not taken.
 */
export async function enter() {
  const given = new URLSearchParams(location.hash.slice(1));
  const code = given.get("code");
  if (code) {
    given.delete("code");
    history.replaceState(null, "", location.pathname + (given.size ? `#${given}` : ""));
    try {
      return await post("/v1/page/session", { code });
    } catch (error) {
      if (error.status !== 401 && error.status !== 403) throw error;
      return (await whoIsIn()) ?? { error: error.message };
    }
  }
  return await whoIsIn();
}

async function whoIsIn() {
  try {
    return await get("/v1/page/session");
  } catch (error) {
    if (error.status === 401 || error.status === 403) return null;
    throw error;
  }
}
