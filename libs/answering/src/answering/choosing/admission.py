"""Which candidates may answer at all: what the question names must be there."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from answering.candidates.candidate import Candidate
from answering.question.reading import Reading
from answering.scoring.features import everything
from answering.scoring.matching import nearness, terms_of


def names_a_stranger(reading: Reading, candidates: Sequence[Candidate]) -> bool:
    """Whether the question is about something by a name that no evidence knows.

    Of the Enterprise plan, where only Team and Business are known: the nearest plan's price would
    be a wrong answer. A name is a word with a capital, or, as a transcript writes it, any word
    that stands where the evidence has a name: beside "plan", which elsewhere stands beside "Team".
    """
    known = {term for one in candidates for term in everything(one, reading.lang)}
    if any(not _is_known(name, known, reading.lang) for name in reading.names):
        return True
    asked = list(reading.weights)
    for one, other in pairwise(asked):
        for name, thing in ((one, other), (other, one)):
            if name in known or thing not in known or any(nearness(name, word) for word in known):
                continue
            if _has_names(thing, candidates, reading.lang):
                return True
    return False


def _is_known(name: str, known: Collection[str], lang: str) -> bool:
    return any(nearness(term, word) for term in terms_of(name, lang) for word in known)


def _has_names(thing: str, candidates: Sequence[Candidate], lang: str) -> bool:
    """Whether the evidence tells several of a thing apart by name."""
    names: set[str] = set()
    for candidate in candidates:
        if candidate.kind == "row" and thing in terms_of(candidate.names, lang):
            names.add(candidate.label)
        words = candidate.text.split()
        for before, word in pairwise(words):
            if thing in terms_of(word, lang) and before[:1].isupper() and terms_of(before, lang):
                names.add(before)
    return len(names) > 1
