"""How many tokens a request may be, before anybody has counted them."""

from collections.abc import Sequence
from typing import Final

BYTES_PER_TOKEN: Final = 3
"""Of UTF-8. English has 4 to 5 characters a token, Chinese and Japanese (3 bytes) about one: the
estimate is above what tokenizers count, for money is held by it."""
PICTURE_TOKENS: Final = 3_000
"""Above what a full-screen picture takes: Anthropic 1,600, OpenAI 2,500, Gemini 258 a tile."""
FORM_TOKENS: Final = 400
"""The schema of the answer, and what providers put around a request."""


def tokens_of(text: str) -> int:
    """At least as many as a tokenizer counts, on any ordinary text."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def request_tokens(texts: Sequence[str], pictures: int) -> int:
    """Upper bound of a prompt with these texts and so many pictures."""
    return tokens_of("".join(texts)) + PICTURE_TOKENS * pictures + FORM_TOKENS
