"""What was promised when Parley was begun, each figure worked out from its own assumptions.

All figures here are history: their prices are those of the promise, not of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MILLION: Final = Decimal(1_000_000)
ROUNDING: Final = Decimal("0.01")
"""A figure said in whole percent follows when it is no further off than one."""


@dataclass(frozen=True)
class Claim:
    """A saving that was promised.

    Attributes:
        name: of the row.
        stated: the saving that was promised, lowest and highest, in 0..1.
        cost, against: what it comes to, and what that is compared with, in one unit.
        assumes: on what it stands.
        remark: what follows from them instead, or on what else it depends.
    """

    name: str
    stated: tuple[Decimal, Decimal]
    cost: Decimal
    against: Decimal
    assumes: str
    remark: str = ""

    @property
    def saving(self) -> Decimal:
        return 1 - self.cost / self.against

    @property
    def follows(self) -> bool:
        low, high = self.stated
        return low - ROUNDING <= self.saving <= high + ROUNDING


def _exactly(text: str) -> tuple[Decimal, Decimal]:
    return Decimal(text), Decimal(text)


def _sum(amounts: Sequence[str], prices: Sequence[str]) -> Decimal:
    pairs = zip(amounts, prices, strict=True)
    return sum((Decimal(amount) * Decimal(price) for amount, price in pairs), Decimal(0))


SPLIT: Final = ("0.60", "0.25", "0.15")
PER_MILLION: Final = ("0.075", "0.20", "3.00")
STRONGEST_PER_MILLION: Final = Decimal("3.00")
_REQUESTS: Final = ("360", "240", "62", "188", "150")
_THEIR_PRICES: Final = ("0.075", "0.20", "0.20", "0.20", "3.00")
_TOKENS_A_REQUEST: Final = 300
_ENDED: Final = ("600", "250", "150")
_ATTEMPTS_USD: Final = ("0.06", "0.08", "0.40")
_WITH_EARLIER_USD: Final = ("0.06", "0.14", "0.54")
_WITHOUT_USD: Final = Decimal("0.70")
_DAY_USD: Final = {"text": 720, "vision": 14_400, "voice": 2_064}
"""1,000 people, eight hours."""
_DAY_WITH_PARLEY_USD: Final = {"text": 108, "vision": 475, "voice": 2_064}

_BLENDED: Final = _sum(SPLIT, PER_MILLION)
_DAY: Final = Decimal(sum(_DAY_USD.values()))


def _day_with(text_saving: Decimal) -> Decimal:
    kept = _DAY_WITH_PARLEY_USD["vision"] + _DAY_WITH_PARLEY_USD["voice"]
    return _DAY_USD["text"] * (1 - text_saving) + kept


CLAIMS: Final = (
    Claim(
        "text, by the million tokens",
        _exactly("0.85"),
        _BLENDED,
        STRONGEST_PER_MILLION,
        "60/25/15 % of the tokens at USD 0.075, 0.20, 3.00 a million, against all at 3.00",
        f"USD {_BLENDED} a million, not 0.45",
    ),
    Claim(
        "text, 1,000 requests",
        _exactly("0.808"),
        _sum(_REQUESTS, _THEIR_PRICES) * _TOKENS_A_REQUEST / MILLION,
        sum(map(Decimal, _REQUESTS), Decimal(0)) * _TOKENS_A_REQUEST * 3 / MILLION,
        "1,000 requests of 300 tokens: 360 at USD 0.075, 490 at 0.20, 150 at 3.00 a million",
    ),
    Claim(
        "attempts, each priced with the earlier ones",
        _exactly("0.834"),
        _sum(_ENDED, _ATTEMPTS_USD),
        1_000 * _WITHOUT_USD,
        "600, 250, 150 of 1,000 end at attempt 1, 2, 3 for USD 0.06, 0.08, 0.40, against 0.70",
        "only if a later attempt's price holds those before it",
    ),
    Claim(
        "attempts, every attempt paid",
        _exactly("0.834"),
        _sum(_ENDED, _WITH_EARLIER_USD),
        1_000 * _WITHOUT_USD,
        "the same, with 0.06, 0.06 + 0.08, 0.06 + 0.08 + 0.40",
        "USD 152 of 700",
    ),
    Claim(
        "vision, one frame a second",
        _exactly("0.96"),
        Decimal(60),
        Decimal(1_800),
        "60 of 1,800 frames a minute, USD 0.002 each",
        "against 30 a second, which nobody sends",
    ),
    Claim(
        "vision, and 70 % of those dropped",
        _exactly("0.99"),
        Decimal(18),
        Decimal(1_800),
        "18 of 1,800 frames a minute",
        "against one frame a second it is 70 %",
    ),
    Claim(
        "embedding cache",
        _exactly("0.95"),
        Decimal(5),
        Decimal(100),
        "95 of 100 texts were embedded before",
        "the saving is the hit share; a deployment's own stands in cache_hits_total",
    ),
    Claim(
        "combined",
        _exactly("0.846"),
        Decimal(sum(_DAY_WITH_PARLEY_USD.values())),
        _DAY,
        "1,000 people, 8 hours: text 720 -> 108, vision 14,400 -> 475, voice 2,064 -> 2,064 USD",
        "nearly all of it is the vision's, against 30 frames a second",
    ),
    Claim(
        "combined, text as it follows",
        _exactly("0.846"),
        _day_with(1 - _BLENDED / STRONGEST_PER_MILLION),
        _DAY,
        "the same, with the text's saving as its own assumptions give it",
    ),
)
"""Savings that can be worked out; those that must be measured are in `frames` and `caching`."""
