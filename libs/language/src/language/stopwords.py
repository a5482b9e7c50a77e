"""Words that say nothing by themselves, by language."""

from functools import lru_cache
from importlib.resources import files

import stopwordsiso

from language.folding import folded


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """Folded; the Snowball project's list (data/stopwords), else that of stopwords-iso, else none.

    Snowball's are the ones that PostgreSQL has: short, so that no word with a meaning is lost.
    """
    path = files("language") / "data" / "stopwords" / f"{language}.txt"
    if language.isalpha() and path.is_file():
        words = path.read_text(encoding="utf-8").split()
    else:
        words = list(stopwordsiso.stopwords(language)) if stopwordsiso.has_lang(language) else []
    return frozenset(folded(word) for word in words)
