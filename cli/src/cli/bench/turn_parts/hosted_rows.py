"""The rows of turns that hosted models answer: the provider, ours around it, the libraries."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import uvloop

from cli.bench.harness.report import Row, latency
from cli.bench.turn_parts.asked_turns import TimedTurn

CALLS: Final = 100


def hosted_rows(turns: Sequence[TimedTurn], provider_ms: Sequence[float], url: str) -> list[Row]:
    """What the attempts consist of, and a call by each client library beside a bare one."""
    from cli.bench.turn_parts.client_libraries import (  # noqa: PLC0415 - takes seconds
        library_calls,
    )

    models = sorted({attempt.model for turn in turns for attempt in turn.answer.attempts})
    by_model = uvloop.run(library_calls(url, models, CALLS))
    pairs = zip(turns, provider_ms, strict=True)
    counts = [len(turn.answer.attempts) for turn in turns]
    library_ms = [
        sum(by_model[attempt.model].library_ms for attempt in turn.answer.attempts)
        for turn in turns
    ]
    return [
        latency("provider", provider_ms),
        latency("attempts_own", [turn.part_ms("attempts") - provider for turn, provider in pairs]),
        latency("client_library", library_ms),
        replace(latency("attempts_made", counts), unit="attempts"),
        *(latency(f"call {model}", one.by_library, one.bare) for model, one in by_model.items()),
    ]
