"""Does a text hold an answer of the form that was asked for?"""

from __future__ import annotations

import re
from typing import Final

from llm_router.domain.question import Wants

_NUMBER_WORDS: Final = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|ninety|hundred|thousand|million|half|once|twice|unlimited)"
)
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_FORM: Final[dict[Wants, re.Pattern[str]]] = {
    Wants.PRICE: re.compile(
        r"[$€£]\s?\d|\d\s?(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|cents?|[$€£%])"
        r"|\b(?:free|no (?:charge|cost|fee)|at no|half|discount)\b",
        re.IGNORECASE,
    ),
    Wants.DURATION: re.compile(
        rf"(?:\d|\b{_NUMBER_WORDS}\b)[\w\s-]{{0,20}}?\b(?:ms|millisecond|second|sec|minute|min|"
        rf"hour|day|night|"
        r"week|month|quarter|year|decade)s?\b|\b(?:immediately|instantly|at once|same day|daily|"
        r"weekly|"
        r"monthly|yearly|annually|hourly|never|always|forever|permanent\w*|indefinitely)\b",
        re.IGNORECASE,
    ),
    Wants.NUMBER: re.compile(rf"\d|\b{_NUMBER_WORDS}\b", re.IGNORECASE),
    Wants.DATE: re.compile(
        rf"\b{_MONTH}\b\.? \d|\d{{1,2}}\.? {_MONTH}\b|\b(?:19|20)\d\d\b|\b\d{{1,2}}[:/.]\d{{2}}\b"
        r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:today|tomorrow|yesterday|tonight|"
        r"noon|"
        rf"midnight)\b|(?:\d|\b{_NUMBER_WORDS}\b) (?:\w+ )?(?:minute|hour|day|week|month|year)s?\b|"
        r"\b(?:when|after|before|until|as soon as|at the end of|on the day)\b",
        re.IGNORECASE,
    ),
    Wants.CONTACT: re.compile(
        r"[\w.+-]+@[\w-]+\.\w|https?://|\bwww\.|\+?\d[\d ()/.-]{6,}\d|\b(?:by|via|no|per) "
        r"(?:tele)?phone\b|\b(?:street|road|avenue|lane|square|building|floor|suite)\b",
        re.IGNORECASE,
    ),
    Wants.PERSON: re.compile(
        r"\b[A-Z][a-z]+ [A-Z][a-z]+\b|\b(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z]|\b(?:group|team|manager|"
        r"engineer|person|people|officer|owner|admin\w*|customer|support|director|department|"
        r"staff)s?\b"
    ),
    Wants.ERROR: re.compile(
        r"\b(?:error|errors|err|failed|failure|fail|fails|exception|traceback|denied|declined|"
        r"refused|invalid|"
        r"rejected|forbidden|unauthori[sz]ed|timed? ?out|cannot|can't|could not|couldn't|unable|"
        r"not found|"
        r"missing|required|must (?:be|have|contain)|not (?:valid|allowed|permitted|supported)|"
        r"exceeded|"
        r"expired|fatal|panic|warning|unknown|wrong|unreachable|already (?:exists|used|taken)|"
        r"too (?:long|"
        r"short|large|many|small))\b|\bE\d{3,}\b|\b[A-Z]{2,}[-_]?\d{2,}\b|\b[45]\d\d\b",
        re.IGNORECASE,
    ),
}
_STRONG_ERROR: Final = re.compile(
    r"\b(?:error|err0r|errors|failed|failure|exception|fatal|denied|declined|invalid|panic)\b"
    r"|\bE[-_]?\d{2,}\b",
    re.IGNORECASE,
)
CODE: Final = re.compile(
    r"\b(?:[A-Z][A-Z0-9]{0,9}[-_]\d{1,6}|[A-Z]{1,6}\d{2,6}|0x[0-9A-Fa-f]{2,8}|E[A-Z]{3,}|"
    r"ERR[-_][A-Z0-9_]+|[A-Z]+(?:_[A-Z0-9]+)+)\b"
)
"""An error's own name, as `PAY-402`, `E1042`, `0x80070005`, `ECONNREFUSED`, `ERR_TIMED_OUT`."""
_HTTP: Final = re.compile(r"\b(?:error|status|code|http)\W{0,3}([45]\d\d)\b", re.IGNORECASE)
_VALUE: Final = re.compile(r"\d[\d.,]*")


def has_form(text: str, wants: Wants) -> bool:
    """True where no form is asked for."""
    pattern = _FORM.get(wants)
    return pattern is None or bool(pattern.search(text))


def is_strict(wants: Wants) -> bool:
    """Forms without which a text is no answer at all."""
    return wants in (Wants.PRICE, Wants.CONTACT, Wants.DURATION, Wants.NUMBER)


def error_strength(text: str) -> int:
    """0 no error, 1 reads like one, 2 says so, +1 with a code of its own."""
    if not has_form(text, Wants.ERROR):
        return 0
    return (2 if _STRONG_ERROR.search(text) else 1) + (1 if codes_in(text) else 0)


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


def values(text: str) -> frozenset[str]:
    """The numbers in a text, as written but for thousands separators and trailing dots."""
    return frozenset(match.group().rstrip(".,").replace(",", "") for match in _VALUE.finditer(text))


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.upper()).replace("O", "0")
