"""What passages and questions are compared by: the terms of their language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from language.detection import language_of
from language.words import terms

OLD: Final = ""
"""Language of postings that an earlier version made, by PostgreSQL's English text search."""
MAX_OCCURRENCES: Final = 255
"""More of one word in one passage say nothing more; a smallint holds them."""


@dataclass(frozen=True)
class Lexemes:
    """Of one passage: how often each term stands in it, all in one language's form."""

    language: str
    occurrences: Mapping[str, int]


def lexemes_of(texts: Sequence[str]) -> list[Lexemes]:
    """Of a document's passages, in order.

    A passage whose text does not tell its language (a table of codes) has that of most others.
    """
    told = Counter(language_of(text) for text in texts)
    usual = told.most_common(1)[0][0] if told else "en"
    return [_lexemes(text, language_of(text, usual)) for text in texts]


def asked_lexemes(question: str, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The question's terms in each language of the passages, as (language, term)."""
    return [
        (language, term)
        for language in languages
        if language != OLD
        for term in dict.fromkeys(terms(question, language))
    ]


def languages_of(lexemes: Sequence[Lexemes]) -> list[str]:
    """Of a document's passages, each once."""
    return sorted({found.language for found in lexemes})


def lexeme_count(lexemes: Sequence[Lexemes]) -> int:
    """Of all of a document's passages together."""
    return sum(sum(found.occurrences.values()) for found in lexemes)


def _lexemes(text: str, language: str) -> Lexemes:
    counts = Counter(terms(text, language))
    capped = {term: min(count, MAX_OCCURRENCES) for term, count in counts.items()}
    return Lexemes(language, capped)
