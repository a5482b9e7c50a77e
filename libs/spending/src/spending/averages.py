"""What calls of a tenant, kind and model come to: money is held for that, not for the worst case.

`settle.lua` keeps the mean and the mean deviation of the input tokens that came for one that was
estimated, of those that were written into the provider's cache, and of the output tokens; late
calls weigh more than early ones.
"""

import math
from dataclasses import dataclass
from typing import Final

from spending.prices import Quantity

MIN_CALLS: Final = 5
"""Fewer say nothing: the worst case is held."""
INPUT_MARGIN: Final = 1.02
OUTPUT_MARGIN: Final = 1.1
DEVIATIONS: Final = 3
"""Of calls like those before, few go beyond so many mean deviations."""
MIN_OUTPUT_TOKENS: Final = 64


@dataclass(frozen=True)
class Usual:
    """A mean of the calls so far, and the mean deviation from it."""

    mean: float
    off: float

    def most(self, margin: float) -> float:
        return self.mean * margin + DEVIATIONS * self.off


@dataclass(frozen=True)
class Average:
    """Of the calls so far, the later ones more.

    Attributes:
        input_ratio: input tokens for one that was estimated.
        written_ratio: of them, those that the provider wrote into its cache.
        output_tokens: as they came.
    """

    calls: int
    input_ratio: Usual
    written_ratio: Usual
    output_tokens: Usual

    @staticmethod
    def read(row: bytes | None) -> "Average | None":
        """Of what `settle.lua` wrote; None: nothing is known."""
        if row is None:
            return None
        calls, *numbers = (float(word) for word in row.split())
        read, written, output = (Usual(*numbers[at : at + 2]) for at in (0, 2, 4))
        return Average(int(calls), read, written, output)


def expected(worst: Quantity, average: Average | None) -> Quantity:
    """Tokens that a call is held for, never more than its worst case.

    Its `tokens_out` is to be the provider's limit of this call, so that it cannot write more; what
    it reads is as it is.
    """
    if average is None or average.calls < MIN_CALLS:
        return worst
    worst_in, worst_out = worst.tokens_in or 0, worst.tokens_out or 0
    tokens_in = min(worst_in, math.ceil(worst_in * average.input_ratio.most(INPUT_MARGIN)))
    written = math.ceil(worst_in * average.written_ratio.most(INPUT_MARGIN))
    tokens_out = math.ceil(average.output_tokens.most(OUTPUT_MARGIN))
    return Quantity.tokens(
        tokens_in,
        min(worst_out, max(MIN_OUTPUT_TOKENS, tokens_out)),
        cache_written=min(tokens_in, worst.tokens_cache_written or 0, written),
    )
