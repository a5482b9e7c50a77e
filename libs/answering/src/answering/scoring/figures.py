"""Numbers and codes that a question names, looked for in the evidence."""

from answering.question.reading import Reading
from language.words import terms


def holds_figures(reading: Reading, there: frozenset[str]) -> bool:
    """Whether every number and code of the question is among the terms."""
    return all(_holds(figure, there, reading.lang) for figure in reading.figures)


def _holds(figure: str, there: frozenset[str], lang: str) -> bool:
    """A code said in two words may stand in two places: "room 204" under "Room"."""
    said = terms(figure, lang)
    if not said:
        return True
    whole = said[-1] if " " in figure else said[0]
    return whole in there or (" " in figure and all(term in there for term in said[:-1]))
