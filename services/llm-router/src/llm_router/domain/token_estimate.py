"""How many tokens a request may be, before anybody has counted them."""

from typing import Final

from llm_router.domain.model_request import ModelRequest

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


def request_tokens(request: ModelRequest, pictures: int) -> int:
    """Upper bound of a request's prompt with so many pictures."""
    text = tokens_of(request.instructions + request.evidence + request.question)
    return text + PICTURE_TOKENS * pictures + FORM_TOKENS
