"""What a live meeting gives up as the tenant's budget comes to its end; people are told of it."""

import logging
from typing import Final

from contracts.budgets import STEPS, BudgetStep
from contracts.own_sentences import MeetingSentence
from media_agent.live.answers.answers import OpenTurn
from media_agent.live.answers.chat_writer import ChatWriter
from media_agent.live.deps import MeetingDeps
from media_agent.live.floor import Floor

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
SAY_TIMEOUT_S: Final = 10.0


class Saving:
    """Follows the ladder, down and up: frames from its first step on, paid voices, paid ears.

    A voice of our own goes on speaking. That the budget is used up is said aloud once in a meeting,
    and written each time; each question after that has its refusal in writing.
    """

    def __init__(self, deps: MeetingDeps, floor: Floor, writer: ChatWriter) -> None:
        self._deps, self._floor, self._writer = deps, floor, writer
        self._step: BudgetStep = "full"
        self._has_told = False

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            step = await self._deps.budget_step()
            if step != self._step:
                before, self._step = self._step, step
                log.info("meeting.budget_step", extra={"step": step})
                await self._follow(before, step)
            await self._deps.clock.sleep(LOOK_EVERY_S)

    async def write(self, turn: OpenTurn) -> bool:
        """Deliver in the chat the answer to a spoken question, unless it is to be said: False."""
        is_refused = turn.stream.refused == "budget"
        if self._deps.speech.may_speak and not is_refused:
            return False
        await self._writer.answer(turn)
        if is_refused:
            await self._say_used_up()
        return True

    async def _follow(self, before: BudgetStep, step: BudgetStep) -> None:
        self._deps.screens.save(step != "full")
        falls_silent = _is_silent(step) and not self._deps.speech.has_own_voice
        if falls_silent and not _is_silent(before) and step != "refused":
            await self._tell("written_only")  # the last that is said, while it still may be
        self._deps.speech.pay(ears=step != "refused", voice=not _is_silent(step))
        if step == "refused":
            await self._writer.remark(self._deps.own_words("budget_used_up"))
            await self._say_used_up()
        elif before == "refused":
            await self._tell("budget_back")
        elif _is_silent(before) and not _is_silent(step) and not self._deps.speech.has_own_voice:
            await self._tell("spoken_again")

    async def _tell(self, name: MeetingSentence) -> None:
        await self._writer.remark(self._deps.own_words(name))
        await self._say(name)

    async def _say_used_up(self) -> None:
        """Once in a meeting, whichever of its agents is there then."""
        has_told, self._has_told = self._has_told, True
        if not has_told and await self._deps.is_first("budget_used_up"):
            await self._say("budget_used_up")

    async def _say(self, name: MeetingSentence) -> None:
        if self._deps.speech.may_speak:
            await self._floor.remark(self._deps.own_words(name), timeout_s=SAY_TIMEOUT_S)


def _is_silent(step: BudgetStep) -> bool:
    return STEPS.index(step) >= STEPS.index("text_only")
