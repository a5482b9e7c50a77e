// A written answer: its Markdown is data (markdown.js of the live page), its words are text.

import { blocksOf, type Block, type Span } from "live-page/markdown.js";
import { Fragment } from "react";

export function Written({ text }: { text: string }) {
  return (
    <div className="words written-answer">
      {blocksOf(text).map((block, at) => (
        <WrittenBlock key={at} block={block} />
      ))}
    </div>
  );
}

function WrittenBlock({ block }: { block: Block }) {
  if (block.kind === "code") return <pre><code>{block.text}</code></pre>;
  if (block.kind === "paragraph") {
    return (
      <p>
        {block.lines.map((spans, at) => (
          <Fragment key={at}>
            {at > 0 && <br />}
            <Spans spans={spans} />
          </Fragment>
        ))}
      </p>
    );
  }
  const items = block.items.map((spans, at) => <li key={at}><Spans spans={spans} /></li>);
  return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
}

function Spans({ spans }: { spans: Span[] }) {
  return spans.map((span, at) => <Fragment key={at}>{spanNode(span)}</Fragment>);
}

function spanNode(span: Span) {
  switch (span.kind) {
    case "bold":
      return <strong>{span.text}</strong>;
    case "italic":
      return <em>{span.text}</em>;
    case "code":
      return <code>{span.text}</code>;
    case "link":
      return <a href={span.href} title={span.href} target="_blank" rel="noopener noreferrer">{span.text}</a>;
    default:
      return span.text;
  }
}
