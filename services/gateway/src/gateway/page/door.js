// Shown to whom the page does not know.

import { enter, post } from "./api.js";
import { $, el } from "./dom.js";

const RETRY_MS = 1500;

/** Resolves with the visitor once somebody is let in. Until then the door is shown. */
export async function letIn() {
  for (;;) {
    let visitor;
    try {
      visitor = await enter();
    } catch (error) {
      show(el("p", {}, error.message), el("p", { class: "muted" }, "Trying again…"));
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
      continue;
    }
    if (!visitor || visitor.error) visitor = await askForKey(visitor?.error);
    $("door").hidden = true;
    $("main").hidden = false;
    return visitor;
  }
}

function askForKey(why) {
  return new Promise((resolve) => {
    const error = el("p", { class: "error", role: "alert" }, why ?? "");
    const key = el("input", { id: "key", type: "password", required: true, autocomplete: "off" });
    const form = el(
      "form",
      { class: "key-form" },
      el("label", { htmlFor: "key" }, "Or enter an API key"),
      key,
      el("button", { type: "submit" }, "Open"),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      error.textContent = "";
      try {
        resolve(await post("/v1/page/session", { key: key.value.trim() }));
      } catch (refused) {
        error.textContent = refused.message;
      }
    });
    show(
      el("p", {}, "Open the address that ", el("code", {}, "parley up"), " or ", el("code", {}, "parley demo"), " prints; it ends in ", el("code", {}, "#code=…"), "."),
      error,
      form,
    );
  });
}

function show(...children) {
  $("door").replaceChildren(el("h1", {}, "Parley"), ...children);
  $("door").hidden = false;
  $("main").hidden = true;
}
