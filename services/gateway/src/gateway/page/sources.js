// What an answer stands on, in a dialog: the page of a document around the quote, or the picture.

import { get } from "./api.js";
import { $, el } from "./dom.js";
import { clock } from "./format.js";
import { picture, readText } from "./screen.js";

export async function showSource(source, story) {
  const dialog = $("source");
  $("source-body").replaceChildren(el("p", { class: "muted" }, "Loading…"));
  $("source-title").textContent = source.kind === "passage" ? source.document : `Screen at ${clock(source.screen_at_ms)}`;
  if (!dialog.open) dialog.showModal();
  $("source-body").replaceChildren(...(source.kind === "passage" ? await passage(source) : screen(source, story)));
  $("source-body").querySelector("mark")?.scrollIntoView({ block: "center" });
}

function screen(source, story) {
  const frame = story.frames.get(source.frame_id);
  return [
    picture(story.id, source.frame_id, `The shared screen at ${clock(source.screen_at_ms)}`),
    el("blockquote", {}, source.quote),
    ...(frame ? [el("details", {}, el("summary", {}, "All text read from it"), ...readText(frame))] : []),
  ];
}

async function passage(source) {
  let page;
  try {
    page = await get(`/v1/knowledge/${source.document_id}/text?at=${source.start}`);
  } catch (error) {
    const why = error.status === 404 ? "The document is no longer in the knowledge. What was quoted:" : error.message;
    return [el("p", { class: "muted" }, why), el("blockquote", {}, source.quote)];
  }
  const where = [page.page && `page ${page.page}${page.pages ? ` of ${page.pages}` : ""}`, page.heading].filter(Boolean).join(" · ");
  return [where && el("p", { class: "muted" }, where), el("div", { class: "page-text" }, ...marked(page, source))].filter(Boolean);
}

/** The page's text with the quote marked: by its place, or where its words stand. */
function marked(page, source) {
  let [from, to] = [source.start - page.start, source.end - page.start];
  const inner = page.text.slice(Math.max(0, from), to).indexOf(source.quote);
  if (inner >= 0) [from, to] = [from + inner, from + inner + source.quote.length];
  else if (page.text.includes(source.quote)) {
    from = page.text.indexOf(source.quote);
    to = from + source.quote.length;
  }
  if (from < 0 || to > page.text.length || from >= to) return [page.text];
  return [page.text.slice(0, from), el("mark", {}, page.text.slice(from, to)), page.text.slice(to)];
}
