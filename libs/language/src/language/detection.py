"""Which language a text is in."""

import re
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, Final, cast

import py3langid.langid  # pyright: ignore[reportMissingTypeStubs]  # it has none
import stopwordsiso
from babel.core import get_global

DETECTED_CHARS: Final = 400
"""So much tells the language; more only takes longer."""
PROBABLE: Final = 0.05
"""Of a hundred languages: below it nothing in the text tells."""
TIMES_LIKELIER: Final = 3
"""Than the language that would be taken otherwise; names and codes are no language."""

_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


def likeliest_language(text: str) -> str:
    """ISO 639-1 code of the language that a text looks most like, however little."""
    language, _score = _identifier().classify(text[:DETECTED_CHARS])
    return str(language)


def language_of(text: str, otherwise: str = "en") -> str:
    """ISO 639-1 code of a text's language; `otherwise` where the text does not tell."""
    return _language_of(text[:DETECTED_CHARS], otherwise)


@lru_cache(maxsize=512)
def _language_of(text: str, otherwise: str) -> str:
    letters = _NO_LETTERS.sub(" ", text).strip()
    if not letters:
        return otherwise
    ranked = {str(language): float(share) for language, share in _identifier().rank(letters)}
    best = next((language for language in ranked if _is_spoken(language)), otherwise)
    needed = max(PROBABLE, TIMES_LIKELIER * ranked.get(otherwise, 0.0))
    return best if ranked[best] >= needed else otherwise


@lru_cache(maxsize=128)
def _is_spoken(language: str) -> bool:
    """Whether it is some country's, and has words that are known to say nothing."""
    territory = str(get_global("likely_subtags").get(language, "")).rpartition("_")[2]
    return territory.isalpha() and stopwordsiso.has_lang(language)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    with as_file(files("py3langid") / "data" / "model.npz.xz") as path:
        identifier = cast(Any, py3langid.langid.LanguageIdentifier)
        return identifier.from_model_file(path, norm_probs=True)
