"""An answer out of the evidence that a model is sent: a rehearsal of hosted models, without one.

It is given what a real model is given, so the way there and back is the real one; how good an
answer is says nothing about any model.
"""

import json
import re
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from language.sentences import sentences
from language.words import terms

_PIECE: Final = re.compile(r'<data mark="([PF]\d+)"[^>]*>\n(.*?)\n</data>', re.DOTALL)
_QUESTION: Final = re.compile(r"(?:.*^|\A)# Question\n(.*)", re.DOTALL | re.MULTILINE)
_WEAK: Final = re.compile(r"lite|haiku|\bmini|nano|luna|small")
LEAVES_OUT: Final = 2
"""A model with a small one's name cites nothing for one question in so many."""
NOTHING: Final = ""
"""Whoever abstains without a word has the words of the tenant's language put in its mouth."""
SEES: Final = "A shared screen; the rehearsal sees no more of it."
HELLO: Final = "Hello, this is the rehearsal: nothing was asked about evidence."


@dataclass(frozen=True)
class _Found:
    mark: str
    sentence: str
    shared: int


def rehearse(model: str, text: str, *, pictures: int = 0) -> str:
    """The JSON that was asked for: the evidence's sentence with most words of the question.

    Args:
        model: a weak one's name leaves citations out now and then.
        text: of the request; its evidence between delimiters with marks, its question last.
        pictures: without a question they are to be described.
    """
    asked = _QUESTION.match(text)
    if asked is None:
        return SEES if pictures else HELLO
    question = asked[1].strip()
    best = max(_candidates(question, text), key=lambda one: one.shared, default=None)
    if best is None or best.shared == 0:
        return _written(NOTHING, abstained=True)
    if _WEAK.search(model) and crc32(question.encode()) % LEAVES_OUT == 0:
        return _written(best.sentence)
    return _written(best.sentence, best)


def _candidates(question: str, text: str) -> list[_Found]:
    wanted = set(terms(question))
    return [
        _Found(mark, sentence, len(wanted & set(terms(sentence))))
        for mark, content in _PIECE.findall(text)
        for line in content.splitlines()
        for sentence in (line[start:end] for start, end in sentences(line))
    ]


def _written(answer: str, cited: _Found | None = None, *, abstained: bool = False) -> str:
    citations = [] if cited is None else [{"mark": cited.mark, "quote": cited.sentence}]
    written = {"answer": answer, "abstained": abstained, "citations": citations}
    return json.dumps(written, ensure_ascii=False)
