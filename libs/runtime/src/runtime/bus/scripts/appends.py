"""What a script appends to streams: facts, feed entries, dead letters; and the keys they need."""

from dataclasses import dataclass
from typing import Any, Self

from contracts.fact import Envelope
from runtime.bus.envelopes import BODY, fact_stream, to_body
from runtime.bus.scripts.lua import Argument
from runtime.feed import FeedWrite


@dataclass(frozen=True)
class Append:
    """One XADD inside a script; `cap` and `lifetime_s` 0 mean none."""

    key: str
    fields: tuple[bytes | str, ...]
    cap: int = 0
    lifetime_s: int = 0

    @classmethod
    def of_fact(cls, envelope: Envelope[Any], shards: int) -> Self:
        return cls(fact_stream(envelope, shards), (BODY, to_body(envelope)))

    @classmethod
    def of_feed(cls, entry: FeedWrite) -> Self:
        return cls(entry.key, (b"e", entry.body), entry.length, entry.lifetime_s)


class KeyTable:
    """Numbers the keys of a script call from 1, each once."""

    def __init__(self, *first: str) -> None:
        self.keys = list(first)
        self._index = {key: i for i, key in enumerate(first, 1)}

    def index(self, key: str) -> int:
        if key not in self._index:
            self.keys.append(key)
            self._index[key] = len(self.keys)
        return self._index[key]

    def arguments(self, append: Append) -> list[Argument]:
        """An append as the prelude's `append` reads it."""
        index = self.index(append.key)
        return [index, append.cap, append.lifetime_s, len(append.fields), *append.fields]
