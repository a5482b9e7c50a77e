"""A question as it is searched for."""

import re
import unicodedata

MIN_LATIN_RATIO = 0.5
"""Of a question's letters: with less the embedding, which knows English, sees nothing in it."""

# How people address it; the name itself would count as a rare word that no document holds.
_ADDRESS = re.compile(
    r"^\W*(?:(?:hey|hi|hello|ok|okay|so|and|well)\W+)*parley\b\W*|\W+parley\W*$", re.IGNORECASE
)


def without_address(text: str) -> str:
    """The question without the name it is addressed to; itself when there is nothing else."""
    return _ADDRESS.sub("", text).strip() or text.strip()


def is_embeddable(text: str) -> bool:
    """Whether vectors of the text mean something; else its words decide alone."""
    letters = [sign for sign in text if sign.isalpha()]
    latin = sum(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    return latin >= MIN_LATIN_RATIO * len(letters)
