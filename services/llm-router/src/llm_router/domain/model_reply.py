"""What a language model answered, read and checked against what it was given. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from answering.evidence import passage_source
from answering.text.spans import LIST_MARK, plain_text
from answering.wording.clipping import clip
from contracts.conversation import ScreenSource, Source
from contracts.own_sentences import own_sentences
from llm_router.domain.model_context.pieces import PassagePiece, Piece, pieces_of
from llm_router.domain.model_context.quotes import exact_texts, find_quote
from llm_router.domain.turn import Ask

MOST_CHARS: Final = 40_000
"""A longer reply is none: it was asked for 600 characters and its quotes."""
MOST_OBJECTS: Final = 20
MOST_CITATIONS: Final = 10
_MARKS: Final = re.compile(r"\s*[\[(](?:[PF]\d{1,3}[,;\s]*)+[\])]")


class Citation(BaseModel):
    """One piece of the evidence, and the words of it that carry what is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: str = Field(description="Of the piece: P1, F1, ...")
    quote: str = Field(description="Copied from the piece, character by character.")


class CitedAnswer(BaseModel):
    """The JSON object that a model answers with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: str = Field(description="What is said to the people.")
    abstained: bool = Field(description="The evidence does not answer.")
    citations: list[Citation]


@dataclass(frozen=True)
class ReadReply:
    """A reply as it may be told.

    Attributes:
        text: at most 600 characters.
        sources: its citations that were found in what it was given; others are no citations.
        claims: the text without markup; None: it has none.
    """

    text: str
    sources: tuple[Source, ...]
    abstained: bool
    claims: str | None


def read_reply(text: str, asked: Ask) -> ReadReply | None:
    """A whole reply, read: its JSON alone, in a code fence or with words around it.

    Args:
        text: all that the model wrote.
        asked: what it was asked, with `request_of`.

    Returns:
        Text without JSON is an answer that cites nothing. None: there is no answer to be read:
        nothing, too much, or JSON that breaks off or has another form.
    """
    if not text.strip() or len(text) > MOST_CHARS:
        return None
    written = _cited_answer(text)
    if written is None:
        return None
    answer = _MARKS.sub("", written.answer).strip()
    if written.abstained and not answer:
        answer = own_sentences(asked.tenant_policy.language).not_found
    plain = "\n".join(_plain_lines(answer))
    told = clip(" ".join(plain.splitlines()) if asked.turn.channel == "voice" else answer)
    if not told.strip():
        return None
    claims = None if plain == answer else clip(plain)
    sources = () if written.abstained else tuple(_sources(written.citations, asked))
    return ReadReply(told, sources, written.abstained, claims)


def _cited_answer(text: str) -> CitedAnswer | None:
    for data in _objects(text):
        if "answer" in data:
            return _checked(data)
    if "{" in text and '"answer"' in text:
        return None
    bare = text.strip()
    return None if bare[:1] in "{[" else CitedAnswer(answer=bare, abstained=False, citations=[])


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """JSON objects that stand in a text, outside of each other."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(MOST_OBJECTS):
        if at < 0:
            return
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield cast("Mapping[str, Any]", found)
        at = text.find("{", at)


def _checked(data: Mapping[str, Any]) -> CitedAnswer | None:
    """What is missing is nothing; a citation of another form is none."""
    citations = data.get("citations")
    listed = cast("list[Any]", citations) if isinstance(citations, list) else []
    try:
        return CitedAnswer(
            answer=data["answer"],
            abstained=data.get("abstained") is True,
            citations=[one for one in map(_citation, listed[:MOST_CITATIONS]) if one],
        )
    except ValidationError:
        return None


def _citation(data: object) -> Citation | None:
    try:
        return Citation.model_validate(data)
    except ValidationError:
        return None


def _sources(citations: list[Citation], asked: Ask) -> Iterator[Source]:
    limit = asked.tenant_policy.knowledge_limit
    by_mark = {piece.mark: piece for piece in pieces_of(asked.evidence, limit)}
    told: set[Source] = set()
    for citation in citations:
        piece = by_mark.get(citation.mark.strip().strip("[]()").upper())
        source = _source(piece, citation.quote) if piece else None
        if source is not None and source not in told:
            told.add(source)
            yield source


def _source(piece: Piece, quote: str) -> Source | None:
    if isinstance(piece, PassagePiece):
        span = find_quote(quote, piece.text)
        return passage_source(piece.passage, *span) if span else None
    texts = exact_texts(quote, piece.text, piece.quotable)
    if not texts:
        return None
    return ScreenSource(
        frame_id=piece.frame_id, screen_at_ms=piece.shown_at_ms, quote="\n".join(texts)
    )


def _plain_lines(text: str) -> Iterator[str]:
    """Without Markdown: its marks, the marks and numbers of its lists, the addresses of links."""
    for line in text.splitlines():
        if plain := plain_text(LIST_MARK.sub("", line).lstrip("#")):
            yield plain
