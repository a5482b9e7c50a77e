"""A meeting at a day's list prices: as Parley asks, and as three who do without it would."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from typing import Final, Literal

from cli.eval.costs.assumptions import WHOLE, Assumptions, model_of
from spending import Quantity, price

Method = Literal["routed once", "every attempt paid"]
METHODS: Final[tuple[Method, ...]] = ("routed once", "every attempt paid")
SECONDS: Final = 60
FULL_FPS: Final = 30


@dataclass(frozen=True)
class Compared:
    """US dollars of one meeting with Parley, and without it. `part`: what of it is counted."""

    part: Literal["text", "meeting"]
    method: Method
    baseline: str
    cost_usd: Decimal
    baseline_usd: Decimal

    @property
    def saving(self) -> Decimal:
        return 1 - self.cost_usd / self.baseline_usd


class ListPrices:
    """Prices are those of `spending.price`, worked out request by request, as thresholds ask."""

    def __init__(self, assumed: Assumptions, at: datetime) -> None:
        self._assumed, self._at = assumed, at

    def compare(self) -> Iterator[Compared]:
        """Text alone as the promise counted it, then a whole meeting with screen and speech.

        Raises:
            UnknownPriceError: nobody knows what a model of the assumptions costs.
        """
        strongest = self._asked_usd(-1, pictures=0)
        for method in METHODS:
            cost = self._question_usd(method, pictures=0)
            yield Compared("text", method, "strongest tier always", cost, strongest)
        for method in METHODS:
            cost = self._meeting_usd(self._question_usd(method, self._assumed.question.pictures))
            for name, baseline in self._baselines():
                yield Compared("meeting", method, name, cost, baseline)

    def _baselines(self) -> Iterator[tuple[str, Decimal]]:
        pictures = self._assumed.question.pictures
        same = self._meeting_usd(self._asked_usd(-1, pictures))
        yield "strongest tier always", same
        for fps in (1, FULL_FPS):
            frames = fps * SECONDS * self._assumed.meeting.minutes
            looked = frames * self._tokens_usd(-1, self._assumed.question.tokens_a_picture, 0)
            asked = self._meeting_usd(self._asked_usd(-1, 0))
            yield f"strongest tier, {fps} fps", asked + looked

    def _question_usd(self, method: Method, pictures: int) -> Decimal:
        """The mean of one question; the same evidence and pictures go to every attempt."""
        asked = [self._asked_usd(tier, pictures) for tier in range(len(self._assumed.tiers))]
        paid = list(accumulate(asked)) if method == "every attempt paid" else asked
        shares = zip(self._assumed.ended_at, paid, strict=True)
        return sum((share * usd for share, usd in shares), Decimal(0)) / WHOLE

    def _asked_usd(self, tier: int, pictures: int) -> Decimal:
        question = self._assumed.question
        tokens_in = question.tokens_in + pictures * question.tokens_a_picture
        return self._tokens_usd(tier, tokens_in, question.tokens_out)

    def _tokens_usd(self, tier: int, tokens_in: int, tokens_out: int) -> Decimal:
        model = model_of(self._assumed.tiers[tier])
        return price(model, Quantity.tokens(tokens_in, tokens_out), self._at).usd

    def _meeting_usd(self, question_usd: Decimal) -> Decimal:
        """Its questions, and the speech that is the same for everybody."""
        meeting = self._assumed.meeting
        heard = price(model_of(meeting.hears), Quantity.seconds(meeting.heard_seconds), self._at)
        spoken = price(
            model_of(meeting.speaks), Quantity.characters(meeting.spoken_characters), self._at
        )
        return meeting.questions * question_usd + heard.usd + spoken.usd
