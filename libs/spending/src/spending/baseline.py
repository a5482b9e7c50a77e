"""What a question would have cost without Parley: the yardstick that a saving is named against.

One frame a second of the question's last minute, and the question, to the strongest tier. Speech is
heard and spoken by the same services then: metering's view `baseline_costs` adds what it cost.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from spending.prices import STRONGEST, Quantity, price

BASELINE: Final = (
    f"each question with one frame a second of its last minute, to {STRONGEST.provider}:"
    f"{STRONGEST.name}; speech by the same services"
)
FRAMES_A_QUESTION: Final = 60
TOKENS_A_FRAME: Final = 1_229
"""Anthropic's documented width * height / 750, for 1280x720."""
CHARACTERS_A_TOKEN: Final = 4
"""English, rounded; only for text that no tokenizer counted."""


def baseline_usd(
    *, asked_at_ms: int, question_chars: int, answer_chars: int, has_screen: bool, at: datetime
) -> Decimal:
    """US dollars for one question; a meeting younger than a minute has fewer frames."""
    frames = min(FRAMES_A_QUESTION, asked_at_ms // 1_000) if has_screen else 0
    tokens_in = frames * TOKENS_A_FRAME + question_chars // CHARACTERS_A_TOKEN + 1
    tokens_out = answer_chars // CHARACTERS_A_TOKEN + 1
    return price(STRONGEST, Quantity.tokens(tokens_in, tokens_out), at).usd
