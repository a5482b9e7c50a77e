"""Types of answers: does a text hold a price, a date, an error, as the question wants one?"""

import re
from enum import StrEnum
from typing import Final

from answering.text.error_codes import codes_in


class AnswerType(StrEnum):
    """What an answer must hold."""

    PRICE = "price"
    DURATION = "duration"
    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    CONTACT = "contact"
    ERROR = "error"
    FIX = "fix"
    ANYTHING = "anything"


_NUMBER_WORDS: Final = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|ninety|hundred|thousand|million|half|once|twice|unlimited)"
)
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_HELD: Final[dict[AnswerType, re.Pattern[str]]] = {
    AnswerType.PRICE: re.compile(
        r"[$€£]\s?\d|\d\s?(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|cents?|[$€£%])"
        r"|\b(?:free|no (?:charge|cost|fee)|at no|half|discount)\b",
        re.IGNORECASE,
    ),
    AnswerType.DURATION: re.compile(
        rf"(?:\d|\b{_NUMBER_WORDS}\b)[\w\s-]{{0,20}}?\b(?:ms|millisecond|second|sec|minute|min|"
        rf"hour|day|night|"
        r"week|month|quarter|year|decade)s?\b|\b(?:immediately|instantly|at once|same day|daily|"
        r"weekly|"
        r"monthly|yearly|annually|hourly|never|always|forever|permanent\w*|indefinitely)\b",
        re.IGNORECASE,
    ),
    AnswerType.NUMBER: re.compile(rf"\d|\b{_NUMBER_WORDS}\b", re.IGNORECASE),
    AnswerType.DATE: re.compile(
        rf"\b{_MONTH}\b\.? \d|\d{{1,2}}\.? {_MONTH}\b|\b(?:19|20)\d\d\b|\b\d{{1,2}}[:/.]\d{{2}}\b"
        r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:today|tomorrow|yesterday|tonight|"
        r"noon|"
        rf"midnight)\b|(?:\d|\b{_NUMBER_WORDS}\b) (?:\w+ )?(?:minute|hour|day|week|month|year)s?\b|"
        r"\b(?:when|after|before|until|as soon as|at the end of|on the day)\b",
        re.IGNORECASE,
    ),
    AnswerType.CONTACT: re.compile(
        r"[\w.+-]+@[\w-]+\.\w|https?://|\bwww\.|\+?\d[\d ()/.-]{6,}\d|\b(?:by|via|no|per) "
        r"(?:tele)?phone\b|\b(?:street|road|avenue|lane|square|building|floor|suite)\b",
        re.IGNORECASE,
    ),
    AnswerType.PERSON: re.compile(
        r"\b[A-Z][a-z]+ [A-Z][a-z]+\b|\b(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z]|\b(?:group|team|manager|"
        r"engineer|person|people|officer|owner|admin\w*|customer|support|director|department|"
        r"staff)s?\b"
    ),
    AnswerType.ERROR: re.compile(
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


def is_of_type(text: str, answer_type: AnswerType) -> bool:
    """True where any text is an answer."""
    pattern = _HELD.get(answer_type)
    return pattern is None or bool(pattern.search(text))


def is_strict(answer_type: AnswerType) -> bool:
    """Types without which a text is no answer at all."""
    return answer_type in (
        AnswerType.PRICE,
        AnswerType.CONTACT,
        AnswerType.DURATION,
        AnswerType.NUMBER,
    )


def error_strength(text: str) -> int:
    """0 no error, 1 reads like one, 2 says so, +1 with a code of its own."""
    if not is_of_type(text, AnswerType.ERROR):
        return 0
    return (2 if _STRONG_ERROR.search(text) else 1) + (1 if codes_in(text) else 0)
