"""What an English question asks for, from its words alone. Needs no punctuation."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from answering.english import question_patterns as patterns
from answering.english.answer_types import AnswerType
from answering.text.words import APOSTROPHE, content, words


class AboutScreen(StrEnum):
    """Whether the question points at what is shown."""

    YES = "yes"
    """It names the screen, or something that only a screen shows."""
    MAYBE = "maybe"
    """It says "now" or "here": the screen is asked first, the documents may answer."""
    NO = "no"


@dataclass(frozen=True)
class Question:
    """A question, read.

    Attributes:
        subject: stems of its content words, without those that only name the type of the answer.
        names: words written with a capital inside the sentence.
        documents: it asks for what the documents say, whatever the screen shows.
        past: it asks for what was shown before.
        small_talk: which pleasantry it is; None for a real question.
    """

    text: str
    answer_type: AnswerType
    about_screen: AboutScreen
    subject: tuple[str, ...]
    names: tuple[str, ...] = ()
    documents: bool = False
    past: bool = False
    small_talk: str | None = None

    @property
    def needs_screen(self) -> bool:
        """Whether its frame's description is worth waiting for."""
        return self.about_screen is not AboutScreen.NO and not self.documents


MAX_SMALL_TALK_WORDS: Final = 12


def read_question(text: str) -> Question:
    """Read a question; the same text always reads the same."""
    plain = " ".join(text.lower().replace(APOSTROPHE, "'").split()).rstrip("?!. ")
    core = re.sub(r"^(?:hey |ok |okay )?parley\b[\s,.:]*", "", patterns.OPENING.sub("", plain))
    answer_type = _answer_type(core)
    documents = bool(patterns.DOCUMENTS.search(core)) and not re.search(
        r"\b(?:screen|slide)\b", core
    )
    past = bool(patterns.PAST.search(core) and patterns.PAST_NEEDS.search(core))
    about = _about_screen(core, answer_type)
    return Question(
        text=text,
        answer_type=answer_type,
        about_screen=about,
        subject=_subject(core),
        names=_names(text),
        documents=documents,
        past=past,
        small_talk=_small_talk(plain, core),
    )


def _about_screen(core: str, answer_type: AnswerType) -> AboutScreen:
    if patterns.NOT_SCREEN.search(core):
        return AboutScreen.NO
    if patterns.SCREEN.search(core):
        return AboutScreen.YES
    if answer_type is AnswerType.FIX and re.search(r"\b(?:this|that|it|the)\b", core):
        return AboutScreen.YES
    return AboutScreen.MAYBE if patterns.MAYBE.search(core) else AboutScreen.NO


def _answer_type(core: str) -> AnswerType:
    if patterns.FIX.search(core):
        return AnswerType.FIX
    for answer_type, pattern in patterns.ANSWER_TYPES:
        if pattern.search(core):
            return answer_type
    return AnswerType.ERROR if patterns.ERROR.search(core) else AnswerType.ANYTHING


def _subject(core: str) -> tuple[str, ...]:
    found = dict.fromkeys(word for word in content(core) if word not in patterns.TYPE_WORDS)
    return tuple(found)


def _names(text: str) -> tuple[str, ...]:
    """Capitalised words that do not begin a sentence; transcripts have them for proper names."""
    found = re.findall(r"(?<=[a-z,;] )[A-Z][\w-]+", text)
    return tuple(dict.fromkeys(word for word in found if content(word)))


def _small_talk(plain: str, core: str) -> str | None:
    if len(words(plain)) > MAX_SMALL_TALK_WORDS:
        return None
    for name, pattern in patterns.SMALL_TALK:
        if pattern.search(core) or pattern.search(plain):
            return name
    return None
