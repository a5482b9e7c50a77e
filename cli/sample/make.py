"""Makes the sample meeting and its documents again: see README.md beside this file."""

# ruff: noqa: T201  # a script for people at a terminal

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import documents
import numpy as np
from actor import Actor
from film import PICTURE_MS, Film, open_film
from portal import Portal, serve
from screenplay import CUES, LENGTH_MS, LINES, SLIDES, VOICE_OF, Cue, Shows
from stage import Picture, Stage, open_stage
from voice import Spoken, mix

OUTPUT: Final = Path(__file__).parent.parent / "src" / "cli" / "sample"


@dataclass(frozen=True)
class Change:
    """Something that matters came to be seen."""

    t_ms: int
    shows: Shows
    box: tuple[int, int, int, int]
    """Left, top, width, height of what its cue changed."""

    def is_replaced_by(self, later: "Change") -> bool:
        mine, other = self.shows, later.shows
        return other.scene != mine.scene or other.place in (mine.place, "page")


def act(actor: Actor, film: Film, stage: Stage) -> list[Change]:
    """Play the cues on a clock that counts pictures, so a slow machine makes the same film.

    Raises:
        TimeoutError: a cue that should show something did not.
        ValueError: a cue begins while the one before it is still going on.
    """
    waiting = list(CUES)
    changes: list[Change] = []
    cue: Cue | None = None
    before: Picture = stage.steady()
    now = before
    for t_ms in range(0, LENGTH_MS, PICTURE_MS):
        if waiting and waiting[0].at_ms <= t_ms:
            if actor.is_busy:
                raise ValueError(f"the cue at {waiting[0].at_ms} ms begins too early")
            cue, before = waiting.pop(0), now
            cue.do(actor)
        last = now
        if actor.is_busy:
            actor.step()
        now = stage.steady()
        if cue is not None and not actor.is_busy:
            if cue.shows is not None:
                now = stage.steady(unlike=last)
                changes.append(Change(t_ms, cue.shows, _box(before, now)))
                print(f"{t_ms / 1000:5.1f} s  {cue.shows.id}")
            cue = None
        film.show(now)
    return changes


def _box(before: Picture, after: Picture) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((before != after).any(axis=2))
    left, top = int(columns.min()), int(rows.min())
    return left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1


def describe_changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """As written to changes.json."""
    described: list[dict[str, Any]] = []
    for i, change in enumerate(changes):
        later = (other.t_ms for other in changes[i + 1 :] if change.is_replaced_by(other))
        described.append(
            {
                "id": change.shows.id,
                "t_ms": change.t_ms,
                "gone_ms": next(later, LENGTH_MS),
                "scene": change.shows.scene,
                "text": list(change.shows.text),
                "box": list(change.box),
            }
        )
    return described


def describe_questions(
    spoken: Sequence[Spoken], changes: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """As written to questions.json."""
    shown = {change["id"]: change for change in changes}
    described: list[dict[str, Any]] = []
    for said in spoken:
        answer = said.line.answer
        if answer is None:
            continue
        sources: list[dict[str, Any]] = []
        if answer.document is not None:
            sources.append({"document": answer.document})
        if answer.screen is not None:
            change = shown[answer.screen]
            span = {"screen_from_ms": change["t_ms"], "screen_until_ms": change["gone_ms"]}
            sources.append({"change": change["id"], **span})
        old = answer.outdated
        described.append(
            {
                "id": answer.id,
                "kind": answer.kind,
                "text": said.line.text,
                "speaker": said.line.speaker,
                "start_ms": said.start_ms,
                "end_ms": said.end_ms,
                "must_abstain": answer.kind == "neither",
                "must_contain": [list(group) for group in answer.contains],
                "sources": sources,
                "outdated": {"document": old[0], "says": old[1]} if old else None,
            }
        )
    return described


def main() -> None:
    sound, spoken = mix(LINES, VOICE_OF, LENGTH_MS)
    portal = Portal()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="northwind-")))
        stack.enter_context(serve(portal))
        stage = stack.enter_context(open_stage())
        documents.write(OUTPUT / "knowledge")
        actor = stack.enter_context(Actor(stage, portal, home))
        actor.open_browser(SLIDES, "pay")
        film = stack.enter_context(open_film(OUTPUT / "meeting.mp4", sound))
        changes = describe_changes(act(actor, film, stage))
    lines = [
        {"start_ms": s.start_ms, "end_ms": s.end_ms, "speaker": s.line.speaker, "text": s.line.text}
        for s in spoken
    ]
    questions = describe_questions(spoken, changes)
    _write("questions.json", {"length_ms": LENGTH_MS, "questions": questions, "lines": lines})
    _write("changes.json", {"length_ms": LENGTH_MS, "changes": changes})


def _write(name: str, content: dict[str, Any]) -> None:
    (OUTPUT / name).write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
