"""Which language a text is in."""

from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, Final, cast

import py3langid.langid  # pyright: ignore[reportMissingTypeStubs]  # it has none

DETECTED_CHARS: Final = 400
"""So much tells the language; more only takes longer."""
SURE: Final = 0.5
"""Below it the guess is as good as any other: names, codes, a single word."""


def likeliest_language(text: str) -> str:
    """ISO 639-1 code of the language that a text looks most like, however little."""
    return _ranked(text[:DETECTED_CHARS])[0]


def language_of(text: str, otherwise: str = "en") -> str:
    """ISO 639-1 code of a text's language; `otherwise` where the text does not tell."""
    language, probability = _ranked(text[:DETECTED_CHARS])
    return language if probability >= SURE else otherwise


@lru_cache(maxsize=512)
def _ranked(text: str) -> tuple[str, float]:
    language, probability = _identifier().classify(text)
    return str(language), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    with as_file(files("py3langid") / "data" / "model.npz.xz") as path:
        identifier = cast(Any, py3langid.langid.LanguageIdentifier)
        return identifier.from_model_file(path, norm_probs=True)
