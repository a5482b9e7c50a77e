"""What calls of a tenant, kind and model come to: money is held for that, not for the worst case.

`settle.lua` keeps the mean and the mean deviation of the input tokens that came for one that was
estimated, and of the output tokens; late calls weigh more than early ones.
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
class Average:
    """Of the calls so far, the later ones more.

    Attributes:
        input_ratio: input tokens for one that was estimated; mean, and mean deviation.
        output_tokens: mean, and mean deviation.
    """

    calls: int
    input_ratio: tuple[float, float]
    output_tokens: tuple[float, float]

    @staticmethod
    def read(row: bytes | None) -> "Average | None":
        """Of what `settle.lua` wrote; None: nothing is known."""
        if row is None:
            return None
        calls, ratio, ratio_off, output, output_off = (float(word) for word in row.split())
        return Average(int(calls), (ratio, ratio_off), (output, output_off))


def expected(worst: Quantity, average: Average | None) -> Quantity:
    """Tokens that a call is held for, never more than its worst case.

    Its `tokens_out` is to be the provider's limit of this call, so that it cannot write more; what
    it reads is as it is.
    """
    if average is None or average.calls < MIN_CALLS:
        return worst
    worst_in, worst_out = worst.tokens_in or 0, worst.tokens_out or 0
    ratio, ratio_off = average.input_ratio
    output, output_off = average.output_tokens
    tokens_in = math.ceil(worst_in * (ratio * INPUT_MARGIN + DEVIATIONS * ratio_off))
    tokens_out = math.ceil(output * OUTPUT_MARGIN + DEVIATIONS * output_off)
    return Quantity.tokens(
        min(worst_in, tokens_in), min(worst_out, max(MIN_OUTPUT_TOKENS, tokens_out))
    )
