"""Which speech is a turn: is Parley spoken to?"""

import re
from typing import Final

from contracts.sessions import Addressing
from contracts.tenants import RoomAddressing
from media_agent.domain.conversation.questions import asks, sentence_asks
from media_agent.domain.conversation.words import word_set, words

NAME: Final = re.compile(r"\b(?:parley|parlay|parlie|parly)\b")
"""The name, and how a small speech model spells it."""

_LIKE_NAME: Final = re.compile(r"\b(?:[bfht]arl(?:ey|ie|y)|partly|early)\b")
"""What it takes the name for; "Carly" and "Charlie" are people more often than mistakes."""
_ORDINARY: Final = word_set("barley partly early")
"""These end questions of their own: "is it planned early?"."""

_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]*")
_LEADS: Final = word_set(
    "so and but okay ok well now um uh er hey hi hello please sorry right oh also then parley "
    "parlay parlie parly alright actually thanks yeah yes no quick question one more "
    "another thing because"
)


def addressing_rule(configured: RoomAddressing, people_count: int) -> Addressing:
    """Which speech is a question to Parley, with so many people in the room."""
    if configured != "auto":
        return configured
    return "always" if people_count <= 1 else "name"


def addressed_by(
    text: str, addressing: Addressing, language: str | None = None
) -> Addressing | None:
    """Why this speech is a turn; None: it is not.

    Args:
        text: final transcript; punctuation and capitals are not relied upon.
        addressing: `always` all speech; `name` what names Parley; `question` what asks something.
        language: ISO 639-1, of the text; None is taken for English.
    """
    if not words(text):
        return None
    if addressing == "always":
        return "always"
    if addressing == "name":
        return "name" if _is_named(text.lower()) else None
    return "question" if asks(text, language) else None


def _is_named(text: str) -> bool:
    """By the name; or, where one calls, by a word that it is taken for."""
    return bool(NAME.search(text)) or any(
        _calls(sentence, word)
        for sentence in _SENTENCE.findall(text)
        for word in _LIKE_NAME.finditer(sentence)
    )


def _calls(sentence: str, word: re.Match[str]) -> bool:
    """Does this word open a question, or end one? Or is it all that is said?

    The order of words must tell: "early next week?" asks something, but calls nobody.
    """
    before, after = sentence[: word.start()], sentence[word.end() :].rstrip(" .!?")
    opening = words(before.rpartition(",")[2])
    if after:
        return _LEADS.issuperset(opening) and sentence_asks(after)
    if word[0] in _ORDINARY:
        return before.endswith(", ") and sentence_asks(before)
    return _LEADS.issuperset(words(before)) or sentence_asks(before)
