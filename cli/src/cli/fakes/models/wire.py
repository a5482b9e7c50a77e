"""What the protocols of all models have in common."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from cli.fakes.journal import Usage

Finish = Literal["stop", "length", "filtered"]
JSON = Mapping[str, Any]

CREATED_S: Final = 1_764_000_000
"""When all answers were made, since 1970."""


@dataclass(frozen=True)
class Asked:
    """A request, without its protocol.

    Attributes:
        system: what comes before the conversation.
        text: of the conversation, its parts by line.
        stream_usage: the stream is to tell it.
        cache_writes: its provider tells and charges them.
    """

    model: str
    system: str
    text: str
    pictures: int
    max_tokens: int | None
    stream: bool
    logprobs: bool = False
    stream_usage: bool = True
    cache_writes: bool = True


@dataclass(frozen=True)
class Answer:
    """What is to be told, without a protocol; `logprob` of each piece, None when not asked for."""

    model: str
    pieces: tuple[str, ...]
    finish: Finish
    usage: Usage
    logprob: float | None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Event:
    """A part of a stream, as it goes over the wire."""

    data: bytes
    is_token: bool = False
    tells: Usage | None = None


class Wire(Protocol):
    """One provider's protocol."""

    @property
    def provider(self) -> str: ...

    @property
    def ping(self) -> bytes:
        """Keeps a stream alive; empty where the provider's client does not stand it."""
        ...

    def asked(self, model: str, body: JSON, *, stream: bool) -> Asked: ...

    def whole(self, answer: Answer) -> dict[str, Any]: ...

    def events(self, answer: Answer, asked: Asked) -> Iterator[Event]: ...

    def error(self, status: int, retry_after: float | None) -> dict[str, Any]: ...

    def error_event(self, status: int) -> bytes: ...


def sse(data: JSON, *, event: str = "") -> bytes:
    named = f"event: {event}\n" if event else ""
    return f"{named}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def texts_of(content: object) -> str:
    """The text parts of a message's content, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    parts: list[Any] = content if isinstance(content, list) else []  # pyright: ignore[reportUnknownVariableType] - JSON
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def count_parts(content: object, *kinds: str) -> int:
    parts: list[Any] = content if isinstance(content, list) else []  # pyright: ignore[reportUnknownVariableType] - JSON
    return sum(part.get("type") in kinds for part in parts)
