// The little Markdown that an answer in a chat may use, as data: pages make nodes of it.

const BULLET = /^\s{0,3}[-*•]\s+(.*)$/;
const NUMBERED = /^\s{0,3}(\d{1,3})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const FENCE = /^\s*```/;
const MARKED = new RegExp(
  [
    "`([^`\\n]+)`",
    "\\*\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*\\*",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*(?![\\w*])",
    "\\[([^\\]\\n]+)\\]\\((https?:\\/\\/[^\\s()<>]+)\\)",
  ].join("|"),
  "g",
);

/**
 * Blocks of a text, in order: { kind: "paragraph", lines: [spans] }, { kind: "list", start, items: [spans] }
 * (`start` is null without numbers), { kind: "code", text }. Whatever is not known stays text.
 */
export function blocksOf(text) {
  const blocks = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const last = blocks.at(-1);
    const end = FENCE.test(line) ? lines.findIndex((one, i) => i > at && FENCE.test(one)) : -1;
    if (end > 0) {
      blocks.push({ kind: "code", text: lines.slice(at + 1, end).join("\n") });
      at = end;
    } else if (!line.trim()) {
      if (last) last.isOver = true;
    } else {
      take(blocks, last?.isOver ? undefined : last, line);
    }
  }
  return blocks.map(({ isOver: _, ...block }) => block);
}

function take(blocks, open, line) {
  const bullet = BULLET.exec(line);
  const numbered = NUMBERED.exec(line);
  if (bullet || numbered) {
    const start = numbered ? Number(numbered[1]) : null;
    const item = spansOf(bullet ? bullet[1] : numbered[2]);
    if (open?.kind === "list" && (open.start === null) === (start === null)) open.items.push(item);
    else blocks.push({ kind: "list", start, items: [item] });
    return;
  }
  const heading = HEADING.exec(line);
  const spans = heading ? [{ kind: "bold", text: heading[1] }] : spansOf(line);
  if (open?.kind === "paragraph" && !heading) open.lines.push(spans);
  else blocks.push({ kind: "paragraph", lines: [spans] });
}

/** Pieces of a line: { kind: "text" | "code" | "bold" | "italic", text } or { kind: "link", text, href }. */
export function spansOf(line) {
  const spans = [];
  let at = 0;
  for (const found of line.matchAll(MARKED)) {
    if (found.index > at) spans.push({ kind: "text", text: line.slice(at, found.index) });
    const [whole, code, bold, italic, name, href] = found;
    if (code !== undefined) spans.push({ kind: "code", text: code });
    else if (bold !== undefined) spans.push({ kind: "bold", text: bold });
    else if (italic !== undefined) spans.push({ kind: "italic", text: italic });
    else spans.push({ kind: "link", text: name, href });
    at = found.index + whole.length;
  }
  if (at < line.length) spans.push({ kind: "text", text: line.slice(at) });
  return spans;
}
