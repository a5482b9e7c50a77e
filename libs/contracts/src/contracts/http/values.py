"""How money and questions are written in a body."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, StringConstraints

from contracts.conversation import (
    MAX_QUESTION_CHARS,
)


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Usd = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""Never in scientific notation, no trailing zeros."""

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text holds every character but this one."""

Question = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS, pattern=NO_NUL
    ),
]
