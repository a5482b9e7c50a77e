"""How a request to the fake goes: scripted from Python, by `POST /_fake/next`, or in the request.

Written out, a script is `gap=0.3,cut=3,text=all that follows`; a name alone is `name=true`.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

TEXT: Final = "text="
"""The last of a script, as a text may hold commas."""

Written = TypeVar("Written")


class ScriptError(ValueError):
    """No script: says why, and which names there are."""


@dataclass(frozen=True)
class Script:
    """How one request to a model, an embedder or a reranker goes; times are seconds.

    Attributes:
        text: the answer; None: from the evidence of the request, or else some words.
        status: refuses with it.
        retry_after: told with a refusal, where the provider tells it.
        delay: before anything is answered.
        first: from the head of a stream to its first token.
        gap: between two tokens.
        ping: while it waits in a stream, keeps the connection alive so often; not Gemini.
        cut: drops the connection after so many tokens.
        end: ends in good order after so many tokens, and without the end that is due; an embedder
            or reranker tells so many rows.
        error: sends an error instead of the rest, after so many tokens.
        malformed: JSON of another shape, a list, nothing in the fields that are due, what is no
            JSON, or a page of HTML; with status 200.
        filtered: refused by the provider's safety filter.
        tokens_in: told instead of an estimate, as `tokens_out` (without `thoughts`).
        cached: of `tokens_in`, from the provider's cache.
        cache_written: of `tokens_in`, into the provider's cache; Gemini tells none.
        thoughts: tokens thought, which cost as those told do.
        logprob: of each token; told when the request asks for it.
        dimension: of an embedder's vectors, whatever was asked for.
        value: of each number in its vectors, or of a reranker's scores.
    """

    text: str | None = None
    status: int | None = None
    retry_after: float | None = None
    delay: float = 0.0
    first: float = 0.0
    gap: float = 0.0
    ping: float | None = None
    cut: int | None = None
    end: int | None = None
    error: int | None = None
    malformed: Literal["shape", "list", "null", "json", "html"] | None = None
    filtered: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None
    cached: int = 0
    cache_written: int = 0
    thoughts: int = 0
    logprob: float = -0.05
    dimension: int | None = None
    value: float | None = None


class Scripts(Generic[Written]):
    """Those that wait, by provider or by `provider:model`; that of the model goes first."""

    def __init__(self, kind: type[Written]) -> None:
        self._kind = kind
        self._next: dict[str, deque[Written]] = defaultdict(deque)
        self._always: dict[str, Written] = {}

    def read(self, written: str | Mapping[str, Any]) -> Written:
        """Raises ScriptError."""
        return read_script(self._kind, written)

    def next(self, whose: str, *scripts: Written) -> None:
        """For the next requests."""
        self._next[whose].extend(scripts)

    def always(self, whose: str, script: Written) -> None:
        """For all requests that nothing else is said of."""
        self._always[whose] = script

    def take(self, provider: str, model: str = "") -> Written | None:
        """The next that waits; taken once."""
        for whose in (f"{provider}:{model}", provider):
            if self._next[whose]:
                return self._next[whose].popleft()
        return None

    def standing(self, provider: str, model: str = "") -> Written:
        """What was said of all requests; else to behave."""
        otherwise = self._always.get(provider, self._kind())
        return self._always.get(f"{provider}:{model}", otherwise)


def read_script(kind: type[Written], written: str | Mapping[str, Any]) -> Written:
    """A script as it is written.

    Raises:
        ScriptError: with the names that there are, and never with a text of the script.
    """
    if not isinstance(written, str | Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - JSON
        raise ScriptError("a script is a text like gap=0.3,cut=3, or an object of names and values")
    values = _named(written) if isinstance(written, str) else dict(written)
    known = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType] - a dataclass
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ScriptError(f"a script has no {', '.join(unknown)}; it has {', '.join(known)}")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) for one in error.errors()})
        raise ScriptError(f"a script's {', '.join(wrong)} cannot have that value") from error


def _named(written: str) -> dict[str, Any]:
    head, has_text, text = (f",{written}").partition(f",{TEXT}")
    pairs = (part.partition("=") for part in head.split(",") if part.strip())
    values: dict[str, Any] = {name.strip(): value.strip() or "true" for name, _, value in pairs}
    return values | ({"text": text} if has_text else {})
