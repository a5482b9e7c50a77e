"""What an English question tells the router; of one in another language, that it cannot tell."""

import re
from typing import Final

from answering.english.answer_types import AnswerType
from answering.english.question import AboutScreen, Question, read_question
from answering.text.error_codes import codes_named
from answering.text.words import APOSTROPHE, content
from llm_router.domain.question_needs import QuestionNeeds

_JOINED: Final = re.compile(
    r"\?(?=.*\w)|\b(?:and|or|also|as well as|then|versus|vs|but)\b|;", re.IGNORECASE
)
_REASONED: Final = re.compile(
    r"\b(?:why|explain|compare[ds]?|comparison|differ\w*|better|best|worse|worth|should|would|"
    r"recommend\w*|suggest\w*|pros|trade-?offs?|summar\w+|analy\w+|evaluat\w+|impl(?:y|ies)|"
    r"impact|consequences?|design|plan for|strategy|instead|unless|if)\b",
    re.IGNORECASE,
)
_EXPLAINED: Final = re.compile(r"\bhow (?:do|does|did|can|could|to|is|are|would)\b", re.IGNORECASE)
_ENGLISH_TEXT: Final = """
the this that these those there it's they them their she his you your been being does did doing
having would could shall should may might must with about into onto after before between through
during and not than very both each other such what what's which who whom whose when where why how
how's many much often says said tell please know want need get got give show shows shown right
actually really exactly is are can have for of
"""
_ENGLISH: Final = frozenset(_ENGLISH_TEXT.split())
"""Words that nearly every English question has one of, and few questions in other languages."""
MIN_WORDS_TO_TELL: Final = 4
"""A shorter one without such a word may be in headline English: "team plan price"."""


def needs_of(text: str) -> QuestionNeeds:
    """The needs of a question; the same text always gives the same."""
    question = read_question(text)
    return QuestionNeeds(
        about_screen=_about_screen(question),
        about_earlier_screen=question.past,
        points_at_error=_points_at_error(question),
        is_small_talk=question.small_talk is not None,
        subject_words=len(content(text)),
        more_things=len(_JOINED.findall(text)),
        judgement=_judgement(question),
    )


def may_be_english(text: str) -> bool:
    """Whether nothing speaks against it: mostly Latin letters, and a word that English needs."""
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace(APOSTROPHE, "'"))
    if any(word in _ENGLISH for word in found):
        return True
    foreign = sum(not word.isascii() for word in found)
    return 2 * foreign <= len(found) < MIN_WORDS_TO_TELL


def _about_screen(question: Question) -> bool | None:
    if question.needs_screen:
        return True
    told = question.documents or question.small_talk or may_be_english(question.text)
    return False if told else None


def _points_at_error(question: Question) -> bool:
    of_errors = question.answer_type in (AnswerType.FIX, AnswerType.ERROR)
    named = question.about_screen is AboutScreen.YES
    return of_errors and named and not codes_named(question.text)


def _judgement(question: Question) -> int:
    if _REASONED.search(question.text):
        return 3
    if question.answer_type is AnswerType.FIX or _EXPLAINED.search(question.text):
        return 2
    return int(question.answer_type is AnswerType.ANYTHING)
