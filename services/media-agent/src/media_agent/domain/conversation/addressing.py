"""Which speech is a turn: is Parley spoken to?"""

import re
from typing import Final

from contracts.sessions import Addressing
from contracts.tenants import RoomAddressing
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
_ASKING: Final = word_set("what which who whom whose where when why how")
_CONTRACTED: Final = word_set(
    "what's who's where's when's why's how's which's what're who're how're what'll"
)
_AUXILIARY: Final = word_set(
    "is are was were am do does did can could will would shall should has have had may might "
    "isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't shouldn't "
    "hasn't haven't hadn't"
)
_OF_STATE: Final = word_set("is are does did do")
MIN_WORDS: Final = 4
_SUBJECT: Final = word_set(
    "i you we they he she it this that these those there the a an any anyone anybody someone "
    "somebody everyone everything anything something my your our their his her its all"
)
_ASK_FOR: Final = re.compile(
    r"^(?:can you |could you |would you |please |kindly )*"
    r"(?:tell (?:me|us)|remind (?:me|us)|explain|summari[sz]e|read (?:out |me |us )|"
    r"look up|describe|show (?:me|us) |give (?:me|us) |find (?:out|me|us)|"
    r"i(?: would|'d) like to know|i want to know|i(?:'m| am) wondering|i wonder|"
    r"do you know|any idea)\b"
)
_NOT_ASKED: Final = re.compile(
    r"^(?:(?:what|how) (?:i|we) (?:will|want|would|am|are|mean|meant|did|do|have|need)\b|"
    r"what (?:a|an)\b|how (?:nice|great|lovely|funny|good|wonderful)\b|"
    r"(?:when|where|who|whoever|which|why|how|what) (?:i|we|you|they|he|she|it|this|that)\b|"
    r"(?:can|could|will|shall|may|should) (?:i|we) (?:start|begin|continue|move|go|share|get)\b|"
    r"(?:can|could) (?:you|everyone|everybody|anyone|anybody) (?:all )?(?:see|hear)\b|"
    r"how (?:are|is) (?:you|everyone|everybody|it going|things)\b|"
    r"which (?:brings|means|leads|takes|makes|shows|gives|is (?:why|what|where|how))\b|who knows$|"
    r"give (?:me|us) (?:a|one|just) \w+$|is everyone\b|are we\b|"
    r"tell (?:me|us) about it\b|i wonder(?:ed)? (?:if|whether) we\b)"
)


def addressing_rule(configured: RoomAddressing, people_count: int) -> Addressing:
    """Which speech is a question to Parley, with so many people in the room."""
    if configured != "auto":
        return configured
    return "always" if people_count <= 1 else "name"


def addressed_by(text: str, addressing: Addressing) -> Addressing | None:
    """Why this speech is a turn; None: it is not.

    Args:
        text: final transcript; punctuation and capitals are not relied upon.
        addressing: `always` all speech; `name` what names Parley; `question` what asks something.
    """
    if not words(text):
        return None
    if addressing == "always":
        return "always"
    if addressing == "name":
        return "name" if _is_named(text.lower()) else None
    return "question" if asks(text) else None


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
        return _LEADS.issuperset(opening) and _sentence_asks(after)
    if word[0] in _ORDINARY:
        return before.endswith(", ") and _sentence_asks(before)
    return _LEADS.issuperset(words(before)) or _sentence_asks(before)


def asks(text: str) -> bool:
    """Does any sentence ask something that could be answered from documents or the screen?"""
    return any(_sentence_asks(sentence) for sentence in _SENTENCE.findall(text.lower()))


def _sentence_asks(sentence: str) -> bool:
    said = words(sentence)
    while said and said[0] in _LEADS and not _leads_a_question(said):
        said = said[1:]
    if len(said) < 2:  # noqa: PLR2004 - "Right?", "Okay?" ask nothing
        return False
    plain = " ".join(said)
    if _NOT_ASKED.match(plain):
        return False
    if sentence.rstrip().endswith("?") or _ASK_FOR.match(plain):
        return True
    return _asks_by_order(said)


def _leads_a_question(said: list[str]) -> bool:
    """Is the lead itself the question's first word ("which", "no" never is)?"""
    return said[0] in _ASKING


def _asks_by_order(said: list[str]) -> bool:
    """Question word with the verb before the subject, or an auxiliary before its subject."""
    first, second = said[0], said[1]
    if first in _CONTRACTED:
        return True
    if first in _AUXILIARY:
        return second in _SUBJECT or (first in _OF_STATE and len(said) >= MIN_WORDS)
    if first in ("in", "on", "at", "for", "to", "by", "from", "of", "with", "under", "about"):
        return second in _ASKING and any(word in _AUXILIARY for word in said[2:6])
    if first not in _ASKING:
        return False
    if second in _AUXILIARY or second in ("much", "many", "long", "often", "far", "old", "soon"):
        return True
    # "which plan includes", "what field failed": a noun that is not the speaker's own subject.
    return first in ("which", "whose", "what", "who") and len(said) >= MIN_WORDS
