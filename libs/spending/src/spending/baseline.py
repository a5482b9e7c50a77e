"""What a question would have cost without Parley: the yardstick that a saving is named against.

One frame a second of the question's last minute, and the question, to the strongest tier. Speech is
heard and spoken by the same services then: metering's view `baseline_costs` adds what it cost.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class BaselineAssumption:
    """One of them, in words; its source is an address, or a file of ours."""

    name: str
    value: str
    source: str | None = None


BASELINE_ASSUMPTIONS: Final = (
    BaselineAssumption("Without Parley", BASELINE),
    BaselineAssumption(
        "Frames a question",
        f"one a second of the last minute before it, {FRAMES_A_QUESTION} at most; none where no "
        "screen was shared",
    ),
    BaselineAssumption(
        "Tokens a frame",
        f"{TOKENS_A_FRAME:,}: width x height / 750, at 1280 x 720",
        "https://docs.anthropic.com/en/docs/build-with-claude/vision",
    ),
    BaselineAssumption(
        "Tokens of words",
        f"one for {CHARACTERS_A_TOKEN} characters of the question and of the answer",
    ),
    BaselineAssumption(
        "Price of the strongest model",
        f"{STRONGEST.provider}:{STRONGEST.name} as the price table had it on the day",
        "https://github.com/pydantic/genai-prices",
    ),
    BaselineAssumption(
        "Speech", "by the same services: it costs as much without Parley as with it"
    ),
    BaselineAssumption(
        "What counts as spent",
        "what the ledger says; where every model was local and nothing was paid, the same use at "
        "the default providers' list prices",
        "docs/decisions/0005-money-is-recorded-by-the-spender.md",
    ),
)
"""What a saving rests on, for whoever is shown one."""


def baseline_usd(
    *, asked_at_ms: int, question_chars: int, answer_chars: int, has_screen: bool, at: datetime
) -> Decimal:
    """US dollars for one question; a meeting younger than a minute has fewer frames."""
    frames = min(FRAMES_A_QUESTION, asked_at_ms // 1_000) if has_screen else 0
    tokens_in = frames * TOKENS_A_FRAME + question_chars // CHARACTERS_A_TOKEN + 1
    tokens_out = answer_chars // CHARACTERS_A_TOKEN + 1
    return price(STRONGEST, Quantity.tokens(tokens_in, tokens_out), at).usd
