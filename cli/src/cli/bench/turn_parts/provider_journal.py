"""What the rehearsal's providers took of each turn, by their own journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli.command_line.errors import not_good
from contracts.conversation import Attempt
from providers.catalogue import BY_NAME

JOURNAL_TIMEOUT_S: Final = 30.0
WITHOUT_PATH: Final = BY_NAME["anthropic"]
"""Its address among the fake's variables is the fake's own."""


@dataclass(frozen=True)
class ProviderCall:
    """A call to a model, in the order in which they came in."""

    model: str
    took_ms: float


def provider_calls(variables: Mapping[str, str]) -> list[ProviderCall]:
    """All of them so far, from the fake that the variables point at."""
    url = f"{fake_url(variables)}/_fake/journal"
    journal: list[dict[str, Any]] = httpx.get(url, timeout=JOURNAL_TIMEOUT_S).json()
    return [
        ProviderCall(f"{one['provider']}:{one['model']}", (one["ended_s"] - one["began_s"]) * 1000)
        for one in journal
    ]


def fake_url(variables: Mapping[str, str]) -> str:
    return variables[WITHOUT_PATH.url_variable]


def took_ms(calls: Sequence[ProviderCall], turns: Sequence[Sequence[Attempt]]) -> list[float]:
    """Of each turn, asked one after the other: all its attempts' calls together.

    Raises:
        CliError: the calls are not those of the attempts.
    """
    told = [attempt.model for attempts in turns for attempt in attempts]
    if told != [call.model for call in calls]:
        raise not_good("other_calls", "The providers' journal has other calls than the answers.")
    left = iter(calls)
    return [sum(next(left).took_ms for _ in attempts) for attempts in turns]
