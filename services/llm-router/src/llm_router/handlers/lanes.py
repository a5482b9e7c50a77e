"""Taking the lane that a turn is answered in, or ending the turn that may not run."""

from typing import Final

from llm_router.domain.results import refused
from llm_router.domain.turn import Refused
from llm_router.handlers.deps import AnsweringDeps
from llm_router.handlers.turn_metrics import TurnTiming, count_ended
from llm_router.ports import Conclusion, Refusal, Result, Run, Superseded, Turn
from runtime.bus import Delivery

POLL_FROM_S: Final = 0.05
POLL_TO_S: Final = 0.25
"""How often a waiting chat turn looks for its lane: five may wait, so 20 looks a second."""


async def take_lane(turn: Turn, delivery: Delivery, deps: AnsweringDeps) -> Run | Conclusion:
    """A run of the turn, or how it ended. A turn that waits for its lane holds no slot."""
    begun = await deps.turns.begin(turn)
    if begun == "wait":
        async with delivery.waiting():
            begun = await _wait_for_lane(turn, deps)
    if isinstance(begun, str):
        ended = await deps.turns.conclude_unheld(turn, await _not_run(turn, begun, deps))
        return count_ended(turn, ended)
    return begun


async def _wait_for_lane(turn: Turn, deps: AnsweringDeps) -> Run | Conclusion | Refusal:
    pause_s = POLL_FROM_S
    begun: Run | Conclusion | Refusal = "wait"
    while begun == "wait" and deps.clock.now() < turn.deadline:
        await deps.clock.sleep(pause_s)
        pause_s = min(POLL_TO_S, pause_s * 1.5)
        begun = await deps.turns.begin(turn)
    return begun


async def _not_run(turn: Turn, why: Refusal, deps: AnsweringDeps) -> Result:
    if why == "superseded":
        return Superseded()
    reason = "busy" if why == "full" else "deadline"
    policy = await deps.tenant_policy(turn.event.tenant_id)
    latency_ms = TurnTiming(deps.clock, turn).finished()
    return refused(turn.event.data, Refused(reason), latency_ms, language=policy.language)
