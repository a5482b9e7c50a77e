"""The names that errors have of themselves, in any language."""

import re
from typing import Final

CODE: Final = re.compile(
    r"\b(?:[A-Z][A-Z0-9]{0,9}[-_]\d{1,6}|[A-Z]{1,6}\d{2,6}|0x[0-9A-Fa-f]{2,8}|E[A-Z]{3,}|"
    r"ERR[-_][A-Z0-9_]+|[A-Z]+(?:_[A-Z0-9]+)+)\b"
)
"""An error's own name, as `PAY-402`, `E1042`, `0x80070005`, `ECONNREFUSED`, `ERR_TIMED_OUT`."""
_HTTP: Final = re.compile(r"\b(?:error|status|code|http)\W{0,3}([45]\d\d)\b", re.IGNORECASE)


def codes_in(text: str) -> tuple[str, ...]:
    """Codes in order, each once; OCR confuses `O` and `0`, so compare by `mentions_code`."""
    found = [match.group() for match in CODE.finditer(text)]
    found += [match.group(1) for match in _HTTP.finditer(text)]
    return tuple(dict.fromkeys(found))


def codes_named(question: str) -> tuple[str, ...]:
    """Codes that a question names; a transcript may have lost their capitals."""
    found = (*codes_in(question), *codes_in(question.upper()))
    return tuple(dict.fromkeys(code for code in found if any(c.isdigit() for c in code)))


def mentions_code(text: str, code: str) -> bool:
    """Whether a text names the code, blind to case, separators, and O against 0."""
    return _folded(code) in _folded(text)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.upper()).replace("O", "0")
