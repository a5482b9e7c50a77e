"""What a screen showed over time, as pieces that may answer."""

from collections.abc import Mapping, Sequence
from typing import Final

from answering.candidates.candidate import Candidate, Kind
from answering.question.reading import Reading, When
from answering.screen_history import BlockKind, ScreenHistory, Shown
from contracts.conversation import ScreenSource

KINDS: Final[dict[BlockKind, Kind]] = {
    "table": "row",
    "pair": "pair",
    "list": "item",
    "message": "message",
    "console": "console",
    "status_bar": "status_bar",
    "text": "line",
    "heading": "heading",
}


def past_candidates(reading: Reading, history: ScreenHistory) -> list[Candidate]:
    """What stood there at the time that the question is of; without one, what is gone."""
    newest_ms = history.newest_ms or 0
    texts = {
        shown: _after(shown, place)
        for place in history.places
        if place and (shown := _of(place, reading, newest_ms))
    }
    if reading.past_tense or reading.is_past:
        texts |= {one: "" for one in history.messages if one.until_ms is not None}
    return _candidates(texts)


def sequence(history: ScreenHistory) -> list[Candidate]:
    """Everything that came one after the other, in its order."""
    began = [place[0] for place in history.places if place and place[0].kind in ("heading", "list")]
    changed = [shown for place in history.places for shown in place[1:]]
    told = [*history.messages, *history.console, *began, *changed]
    return _candidates(dict.fromkeys(sorted(told, key=lambda shown: shown.from_ms), ""))


def _after(shown: Shown, place: Sequence[Shown]) -> str:
    """What stands in its place since: "before Salma" is asked of it."""
    later = [one.text for one in place if one.from_ms > shown.from_ms and one.text != shown.text]
    return later[0] if later else ""


def _of(place: Sequence[Shown], reading: Reading, newest_ms: int) -> Shown | None:
    if reading.when is When.FIRST:
        return place[0]
    if reading.when is When.AGO:
        at = newest_ms - (reading.ago_ms or 0)
        then = [
            one
            for one in place
            if one.from_ms <= at and (one.until_ms is None or at < one.until_ms)
        ]
        return then[-1] if then else None
    gone = [one for one in place if one.until_ms is not None]
    # "What was the fault" may mean one that is gone; where something took its place, that is meant.
    replaced = place[-1].until_ms is None or not reading.past_tense
    return gone[-1] if gone and (reading.is_past or not replaced) else None


def _candidates(texts: Mapping[Shown, str]) -> list[Candidate]:
    return [
        Candidate(
            text=shown.text,
            kind=KINDS[shown.kind],
            source=ScreenSource(
                frame_id=shown.frame_id, screen_at_ms=shown.from_ms, quote=shown.text
            ),
            label=shown.label.rstrip(" :\uff1a"),
            heading=shown.heading,
            around=after,
            group=("history", 0),
            order=order,
            age=0 if shown.until_ms is None else 1,
            from_ms=shown.from_ms,
            until_ms=shown.until_ms,
            severity=shown.severity,
            tone=shown.tone,
        )
        for order, (shown, after) in enumerate(texts.items())
    ]


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each text with its label once, the first of equals."""
    found: dict[tuple[str, str, str], Candidate] = {}
    for one in candidates:
        found.setdefault((one.heading, one.label, one.text), one)
    return list(found.values())
