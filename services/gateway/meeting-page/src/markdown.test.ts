import assert from "node:assert/strict";
import { test } from "node:test";

import { blocksOf, spansOf } from "../../src/gateway/page/markdown.js";

const text = (text) => ({ kind: "text", text });

test("bold, italics, code and links of a line are told apart", () => {
  assert.deepEqual(spansOf("The **Team** plan is *new*: `npm i`, see [prices](https://example.com/a?b=1)."), [
    text("The "), { kind: "bold", text: "Team" }, text(" plan is "), { kind: "italic", text: "new" }, text(": "),
    { kind: "code", text: "npm i" }, text(", see "),
    { kind: "link", text: "prices", href: "https://example.com/a?b=1" }, text("."),
  ]);
});

test("only http and https make a link; everything else stays as it was written", () => {
  for (const line of [
    "[x](javascript:alert(1))", "[x](data:text/html,hi)", "[x](//evil.example)", "[x](JaVaScRiPt:1)",
    "![x](ftp://a)", "<b>bold</b> & <img src=x onerror=alert(1)>",
  ]) {
    assert.equal(spansOf(line).some((span) => span.kind === "link"), false, line);
    assert.equal(spansOf(line).map((span) => span.text).join(""), line);
  }
});

test("marks that mean nothing stay: names of files, products, figures", () => {
  for (const line of ["*.txt and *.md", "2 * 3 * 4", "snake_case_name", "**", "a*b*c", "`"]) {
    assert.deepEqual(spansOf(line), [text(line)]);
  }
});

test("lists, paragraphs and code are blocks, and a heading is a bold line", () => {
  assert.deepEqual(blocksOf("## Plans\nTwo:\n- one\n- **two**\n\n3. three\n4. four\n\nlast\nline\n```js\n- `x`\n```"), [
    { kind: "paragraph", lines: [[{ kind: "bold", text: "Plans" }], [text("Two:")]] },
    { kind: "list", start: null, items: [[text("one")], [{ kind: "bold", text: "two" }]] },
    { kind: "list", start: 3, items: [[text("three")], [text("four")]] },
    { kind: "paragraph", lines: [[text("last")], [text("line")]] },
    { kind: "code", text: "- `x`" },
  ]);
});

test("no text is lost and nothing breaks, whatever is written", () => {
  for (const line of ["```", "```\nopen", "", "\n\n", "- ", "1.", "[", "**a", "\u0000", "x".repeat(600), "*".repeat(600)]) {
    const words = JSON.stringify(blocksOf(line));
    for (const word of line.split(/[^a-z]+/).filter(Boolean)) assert.ok(words.includes(word), line);
  }
});
