// A written answer as nodes: its Markdown is data (markdown.js), its words are text, never markup.

import { el } from "./dom.js";
import { blocksOf } from "./markdown.js";

/** Of an answer in a chat; what is spoken has no Markdown. */
export function writtenNodes(text) {
  return blocksOf(text).map((block) => {
    if (block.kind === "code") return el("pre", {}, el("code", {}, block.text));
    if (block.kind === "paragraph") {
      return el("p", {}, block.lines.flatMap((spans, at) => [at > 0 && el("br"), ...spans.map(spanNode)]));
    }
    const items = block.items.map((spans) => el("li", {}, spans.map(spanNode)));
    return block.start === null ? el("ul", {}, items) : el("ol", { start: block.start }, items);
  });
}

function spanNode({ kind, text, href }) {
  if (kind === "bold") return el("strong", {}, text);
  if (kind === "italic") return el("em", {}, text);
  if (kind === "code") return el("code", {}, text);
  if (kind === "link") return el("a", { href, title: href, target: "_blank", rel: "noopener noreferrer" }, text);
  return text;
}
