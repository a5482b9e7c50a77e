// Files in: documents become knowledge, recordings become sessions. Progress and refusals are shown.

import { allDocuments, call, get, post, upload } from "./api.js";
import { $, announce, el } from "./dom.js";
import { count, size } from "./format.js";

const RECORDING = /\.(mp4|m4v|mov|mkv|webm|avi|flv|ts|mpe?g|wmv|asf|ogg|ogv|oga|opus|mp3|m4a|aac|wav|flac)$/i;
const LOOK_FIRST_MS = 700;
const LOOK_AT_LEAST_EVERY_MS = 3_000;
const LOOK_AT_MOST = 400;

/** How far a pending document is, in words. */
function phase(progress) {
  if (progress?.phase === "received") return "waits for its turn…";
  if (progress?.phase === "indexing" && progress.total) return `${progress.done} of ${count(progress.total, "passage")}…`;
  return "being read…";
}

/** What was left out of a document, a sentence each. */
function leftOut(warnings) {
  if (!warnings?.length) return null;
  return el("ul", { class: "left-out", aria: { label: "Left out" } }, warnings.map((one) => el("li", {}, one.text)));
}

export class Shelf {
  /** @param {(sessionId: string) => void} onSession a recording's session was opened. */
  constructor(onSession, mayWrite) {
    this.onSession = onSession;
    this.mayWrite = mayWrite;
    $("drop").hidden = !mayWrite;
    if (mayWrite) this.#listen();
    void this.list();
  }

  async list() {
    let documents;
    try {
      documents = await allDocuments();
    } catch {
      return; // the connection's state is shown elsewhere; the list comes with the next change
    }
    $("documents").replaceChildren(...documents.map((one) => this.#document(one)));
  }

  #document(one) {
    const state = {
      pending: phase(one.progress), rejected: one.reason ?? "rejected",
      indexed: [one.pages && count(one.pages, "page"), count(one.passages ?? 0, "passage")].filter(Boolean).join(", "),
    };
    state.unchanged = state.indexed;
    return el("li", { class: `document ${one.status}` },
      el("span", { class: "name" }, one.name), el("span", { class: "note" }, state[one.status]),
      this.mayWrite && el("button", { type: "button", class: "quiet", aria: { label: `Remove ${one.name}` }, on: { click: () => this.#remove(one) } }, "Remove"),
      leftOut(one.warnings));
  }

  async #remove(one) {
    try {
      await call("DELETE", `/v1/knowledge/${one.document_id}`);
      announce(`${one.name} was removed`);
    } catch (error) {
      announce(error.message);
    }
    await this.list();
    $("files").focus();
  }

  #listen() {
    $("files").addEventListener("change", (event) => {
      void this.#take([...event.target.files]);
      event.target.value = "";
    });
    let inside = 0;
    const veil = (shown) => { $("drop-veil").hidden = !shown; };
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => { if (hasFiles(event)) { inside += 1; veil(true); } });
    addEventListener("dragleave", (event) => { if (hasFiles(event) && --inside <= 0) { inside = 0; veil(false); } });
    addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      inside = 0;
      veil(false);
      void this.#take([...event.dataTransfer.files]);
    });
  }

  async #take(files) {
    for (const file of files) {
      const row = new Row(file.name, file.size);
      $("uploads").prepend(row.node);
      try {
        if (RECORDING.test(file.name) || /^(video|audio)\//.test(file.type)) await this.#play(file, row);
        else await this.#learn(file, row);
      } catch (error) {
        row.end("rejected", error.message);
      }
    }
  }

  async #play(file, row) {
    const session = await post("/v1/sessions", { title: file.name.slice(0, 200) });
    this.onSession(session.session_id);
    const query = new URLSearchParams({ name: file.name, speed: $("fast").checked ? "max" : "real" });
    await upload(`/v1/sessions/${session.session_id}/recording?${query}`, file, row.progress);
    row.end("done", "is being played");
  }

  async #learn(file, row) {
    const body = new FormData();
    body.append("files", file, file.name);
    const { documents: [sent] } = await upload("/v1/knowledge", body, row.progress);
    await this.list();
    let one = sent;
    let delay = LOOK_FIRST_MS;
    for (let looks = 0; one.status === "pending" && looks < LOOK_AT_MOST; looks += 1) {
      row.wait(phase(one.progress), one.progress);
      await new Promise((resume) => setTimeout(resume, delay));
      delay = Math.min(LOOK_AT_LEAST_EVERY_MS, delay * 1.3);
      one = await get(`/v1/knowledge/${one.document_id}`).catch((error) => {
        if (error.status === 404) throw error;
        return one;
      });
    }
    await this.list();
    if (one.status === "rejected") row.end("rejected", one.reason ?? "It was rejected.");
    else {
      const known = one.status === "unchanged" ? "was known already" : `can be asked about now: ${count(one.passages ?? 0, "passage")}`;
      row.end("done", one.warnings?.length ? `${known}; ${count(one.warnings.length, "part")} left out` : known);
      row.add(leftOut(one.warnings));
    }
  }
}

class Row {
  constructor(name, bytes) {
    this.name = name;
    this.bar = el("progress", { max: 1, value: 0, aria: { label: `Upload of ${name}` } });
    this.note = el("span", { class: "note" }, size(bytes));
    this.node = el("li", { class: "upload" }, el("span", { class: "name" }, name), this.bar, this.note);
  }

  progress = (ratio) => { this.bar.value = ratio; };

  wait(text, progress) {
    if (progress?.total) this.bar.value = progress.done / progress.total;
    else this.bar.removeAttribute("value");
    this.note.textContent = text;
  }

  add(node) {
    if (node) this.node.append(node);
  }

  end(state, text) {
    this.bar.remove();
    this.node.classList.add(state);
    this.note.textContent = text;
    announce(`${this.name}: ${text}`);
  }
}
