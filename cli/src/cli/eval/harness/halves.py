"""Which questions may be tuned on, and which are kept to report on. Fixed before any figure."""

from enum import StrEnum
from hashlib import md5


class Half(StrEnum):
    """Of a set of questions."""

    TUNE = "tune"
    REPORT = "report"


def half_of(key: str) -> Half:
    """By the md5 of what must not be torn apart: even to tune, odd to report.

    Args:
        key: a question's id; of questions about one screen or meeting that one's id or name.
    """
    number = int(md5(key.encode(), usedforsecurity=False).hexdigest(), 16)
    return Half.REPORT if number % 2 else Half.TUNE
