"""Which candidates may answer at all: what the question names must be there."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from answering.candidates.candidate import Candidate
from answering.question.reading import Reading
from answering.scoring.features import everything
from answering.scoring.matching import nearness, terms_of
from answering.scoring.values import is_strict
from language.words import tokens


def names_a_stranger(reading: Reading, candidates: Sequence[Candidate]) -> bool:
    """Whether the question is about something by a name that no evidence knows.

    Of the Enterprise plan, where only Team and Business are known: the nearest plan's price would
    be a wrong answer. A name is a word with a capital, or, as a transcript writes it, any word
    that stands where the evidence has a name: beside "plan", which elsewhere stands beside "Team".
    """
    known = {term for one in candidates for term in everything(one, reading.lang)}
    if any(not _is_known(name, known, reading.lang) for name in reading.names):
        return True
    return any(
        not any(nearness(name, word) for word in known)
        and thing in known
        and _has_names(thing, candidates, reading.lang)
        for name, thing in _beside(reading)
    )


def is_about_another(reading: Reading, candidate: Candidate) -> bool:
    """Whether a value is asked of one thing alone, and the candidate does not speak of it."""
    if not is_strict(reading) or len(reading.core) != 1:
        return False
    there = everything(candidate, reading.lang)
    return not any(nearness(reading.core[0], term) for term in there)


def _beside(reading: Reading) -> Iterator[tuple[str, str]]:
    """Terms of the question with nothing between them, both ways round."""
    text = reading.text
    for one, other in pairwise(tokens(text, reading.lang)):
        if not (one.terms and other.terms and text[one.end : other.start] == " "):
            continue
        for name, thing in ((one.terms[0], other.terms[0]), (other.terms[0], one.terms[0])):
            # A word that only names the kind of the answer, such as "cost", names nothing else.
            if name in reading.core:
                yield name, thing


def _is_known(name: str, known: Collection[str], lang: str) -> bool:
    return any(nearness(term, word) for term in terms_of(name, lang) for word in known)


def _has_names(thing: str, candidates: Sequence[Candidate], lang: str) -> bool:
    """Whether the evidence tells several of a thing apart by name."""
    names: set[str] = set()
    for candidate in candidates:
        if candidate.key_header and thing in terms_of(candidate.key_header, lang):
            names.add(candidate.label)
        # The first word has its capital from where it stands.
        for before, word in pairwise(candidate.text.split()[1:]):
            if thing in terms_of(word, lang) and before[:1].isupper() and terms_of(before, lang):
                names.add(before)
    return len(names) > 1
