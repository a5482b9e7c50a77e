"""Which provider is asked: the first in order that is not resting after a failure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

FIRST_REST_S: Final = 5.0
LONGEST_REST_S: Final = 120.0

OWN: Final = "local"
"""The machine's own models, which cost nothing."""

SpeechProblem = Literal["ears_lost", "ears_back", "voice_lost", "voice_back"]
"""Nobody hears (or speaks) any more; somebody does again."""


@dataclass
class _Rest:
    failures: int = 0
    until_s: float = 0.0


class Order:
    """Providers of one kind. Who fails rests, twice as long each time, and is then tried again.

    Times are seconds of one steady clock.

    Attributes:
        pays: whether those that cost money may be asked.
        is_lost: at the last try nobody served.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._rests = {name: _Rest() for name in self.names}
        self.is_lost = False
        self.pays = True

    def candidates(self, now_s: float) -> list[str]:
        """Whom to ask, best first; when all rest, all of them: trying is better than silence.

        Empty only where nobody may be asked, for the budget.
        """
        names = [name for name in self.names if self.may_ask(name)]
        awake = [name for name in names if self._rests[name].until_s <= now_s]
        return awake or names

    def may_ask(self, name: str) -> bool:
        return self.pays or name == OWN

    def failed(self, name: str, now_s: float) -> None:
        """Let it rest."""
        rest = self._rests[name]
        if rest.until_s > now_s:
            return  # several meet the same failure at once
        rest_s = min(FIRST_REST_S * 2**rest.failures, LONGEST_REST_S)
        rest.failures, rest.until_s = rest.failures + 1, now_s + rest_s

    def worked(self, name: str) -> bool:
        """It served. True: that is news after nobody did."""
        self._rests[name] = _Rest()
        was_lost, self.is_lost = self.is_lost, False
        return was_lost

    def nobody_served(self) -> bool:
        """All were tried in vain. True: that is news; that the budget is at its end is not."""
        if not any(map(self.may_ask, self.names)):
            return False
        was_lost, self.is_lost = self.is_lost, True
        return not was_lost
