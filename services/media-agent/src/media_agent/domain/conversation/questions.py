"""Does somebody ask for information? By the words, whatever signs and capitals they were given.

Speech-to-text ends many questions with a full stop, and talk with a question mark. So English is
told by weights that were fitted to meetings, where it is known (docs/results/questions.md); a
question mark is one more hint. Other languages have no weights: the question mark and the words
that ask decide.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from media_agent.domain.conversation.interrogatives import asks_by_sign, is_marked
from media_agent.domain.conversation.question_features import features, tokens
from media_agent.domain.conversation.words import words

ENGLISH: Final = "en"
QUESTION_MARK: Final = 300
"""Its weight. On the half that was fitted on, with it 0.59 of the utterances are taken in which
people in meetings ask each other something, and 0.003 of all others."""
_SENTENCE: Final = re.compile(r".+?(?:[.?!\u2026]+(?=\s|$)|[\u3002\uff1f\uff01]+|$)", re.DOTALL)
_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)


@dataclass(frozen=True)
class Weights:
    """What was fitted; whole numbers, so that every machine adds them up the same.

    Attributes:
        of: feature (`question_features`) -> weight; what is not in it weighs nothing.
        common: the words that features tell apart.
        threshold: of the sum, from above which on a sentence asks.
    """

    of: dict[str, int]
    common: frozenset[str]
    threshold: int


def asks(text: str, language: str | None = None) -> bool:
    """Does any sentence ask for something that documents, screen or meeting may tell?

    Args:
        text: of any length; "" and noise ask nothing.
        language: ISO 639-1, as speech-to-text heard it; None is taken for English, but a script
            that belongs to one language says more than either.
    """
    return first_question_at(text, language) is not None


def first_question_at(text: str, language: str | None = None) -> int | None:
    """Where the first sentence that asks begins; None: none does."""
    sentences = _SENTENCE.finditer(text)
    return next((one.start() for one in sentences if sentence_asks(one[0], language)), None)


def sentence_asks(sentence: str, language: str | None = None) -> bool:
    """The same of text that is one sentence, whatever signs stand in it."""
    spoken = _language(sentence, language)
    if spoken != ENGLISH:
        return asks_by_sign(sentence, spoken)
    weights = english_weights()
    found = tokens(words(sentence))
    total = sum(weights.of.get(one, 0) for one in features(found, weights.common))
    total += QUESTION_MARK if is_marked(sentence) else 0
    return bool(found) and total > weights.threshold


@cache
def english_weights() -> Weights:
    """As `tests/evals/fit_questions.py` wrote them."""
    path = files("media_agent.domain.conversation") / "english_questions.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return Weights(content["weights"], frozenset(content["common"]), content["threshold"])


def _language(text: str, heard: str | None) -> str:
    for language, script in _SCRIPTS:
        if script.search(text):
            return language
    return (heard or ENGLISH).partition("-")[0].lower()
