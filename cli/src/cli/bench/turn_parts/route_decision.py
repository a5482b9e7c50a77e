"""How long it takes to decide on a route: which tier is asked first, and whether one more is."""

import time
from itertools import cycle
from typing import Final

from cli.bench.turn_parts.example_asks import example_ask, example_evidence, example_reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.turn import Answered, Ask, judge

WARM_UP: Final = 20
POLICY: Final = ModelPolicy(
    (Tier("weak", ("a:weak",)), Tier("middle", ("a:middle",)), Tier("strong", ("a:strong",)))
)
MADE_UP: Final = ("", "Fishing from the lighthouse is forbidden during thunderstorms.")
"""Nothing, which is accepted; and what no passage says, which is asked of a stronger tier."""


def route_decisions(count: int) -> list[float]:
    """Milliseconds of one decision each, by the router's own functions, with nothing known before.

    By turns one whose reply is accepted and one that goes on to the next tier.
    """
    kinds = cycle(MADE_UP)
    return [_decide(number, next(kinds)) for number in range(WARM_UP + count)][WARM_UP:]


def _decide(number: int, made_up: str) -> float:
    evidence = example_evidence(number)
    reply = example_reply(evidence, made_up=made_up)
    began = time.perf_counter()
    asked = example_ask(number, evidence, POLICY)
    step = judge(asked, reply)
    took_ms = (time.perf_counter() - began) * 1000
    assert isinstance(step, Ask if made_up else Answered)
    return took_ms
