"""How an answer reads: a value with its label, a row with its columns, and when it was shown."""

from collections.abc import Sequence
from typing import Final

from answering.asked import Answer
from answering.candidates.candidate import Candidate, Part
from answering.candidates.rows import parts_spoken
from answering.question.reading import Reading
from answering.scoring.matching import Matcher, terms_of
from answering.scoring.values import kinds_in
from answering.wording.clipping import as_sentence, clip

MAX_PARTS: Final = 4
"""A longer row is not read out whole."""
NAMED_HEADER: Final = 0.5
"""Share of a header's terms from which on a question names it."""
SHOWS: Final = "The screen shows: "
SAYS: Final = "The screen says: "
SHOWED: Final = "Earlier the screen showed: "


def read_out(reading: Reading, candidate: Candidate) -> str:
    """A candidate as it is said, without an end."""
    parts = candidate.parts
    if len(parts) < 2:  # noqa: PLR2004 - a choice
        return candidate.spoken
    asked = _named_parts(reading, parts)
    if not asked and len(parts) > MAX_PARTS:
        asked = _asked_parts(reading, parts)
    return f"{candidate.label}: {parts_spoken(asked)}" if asked else candidate.spoken


def say(reading: Reading, chosen: Sequence[Candidate], support: float, lead: str = "") -> Answer:
    """Quotes as sentences, cited in their order."""
    texts = [as_sentence(read_out(reading, one)) for one in chosen]
    claims = clip(" ".join(dict.fromkeys(texts)))
    return Answer(
        text=clip(lead + claims),
        sources=tuple(dict.fromkeys(one.source for one in chosen)),
        support=support,
        claims=claims,
    )


def lead_of(candidate: Candidate) -> str:
    """How a quote of a screen begins; a document's has no lead."""
    if not candidate.on_screen:
        return ""
    if candidate.age or candidate.until_ms is not None:
        return SHOWED
    return SHOWS


def clock(ms: int) -> str:
    """Minutes and seconds of the session, `1:05`; hours before them where there are some."""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    minutes = f"{rest // 60:02d}" if hours else f"{rest // 60}"
    return f"{hours}:{minutes}:{rest % 60:02d}" if hours else f"{minutes}:{rest % 60:02d}"


def _named_parts(reading: Reading, parts: Sequence[Part]) -> Sequence[Part]:
    """The cells whose header the question names; none where it names no header."""
    matcher = Matcher(reading.weights, [terms_of(header, reading.lang) for header, _ in parts])
    return [
        (header, cell)
        for header, cell in parts
        if header and matcher.named(terms_of(header, reading.lang)) >= NAMED_HEADER
    ]


def _asked_parts(reading: Reading, parts: Sequence[Part]) -> Sequence[Part]:
    """Of a long row the cells whose header or value is asked for; all where none is."""
    texts = [terms_of(f"{header} {cell}", reading.lang) for header, cell in parts]
    matcher = Matcher(reading.weights, texts)
    scores = [
        matcher.coverage(text) + 0.5 * _has_kind(reading, cell)
        for text, (_, cell) in zip(texts, parts, strict=True)
    ]
    best = max(scores)
    return (
        [part for part, score in zip(parts, scores, strict=True) if score >= best / 2]
        if best
        else parts
    )


def _has_kind(reading: Reading, cell: str) -> bool:
    return any(kind in reading.kinds for kind, _ in kinds_in(cell))
