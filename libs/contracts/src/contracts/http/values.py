"""How money and questions are written in a body."""

from typing import Annotated

from pydantic import StringConstraints

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.usage import Usd

__all__ = ["NO_NUL", "Question", "Usd"]


NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text holds every character but this one."""

Question = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS, pattern=NO_NUL
    ),
]
