"""What came in to the fake providers and how it ended; never a key, no content in what is told."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Ended = Literal["open", "done", "cut", "error", "client_gone", "bug"]


@dataclass(frozen=True)
class Usage:
    """As a provider counts.

    Attributes:
        tokens_in: all of them, with those from its cache and into it.
        tokens_out: all that is paid for, with `tokens_thought`.
    """

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    tokens_thought: int = 0
    tokens_cache_written: int = 0


@dataclass
class Call:
    """One request to a model, an embedder or a reranker.

    Attributes:
        provider: by its name in the catalogue.
        tokens_sent: pieces of the answer that left, of a stream.
        told: the usage that its asker was told; None: it was told none.
        units: searches billed, of a reranker.
        bug: of the fake, by its class; no script is behind it.
        began_s, ended_s: by the fake's clock, which starts anywhere.
        body: what was asked, for tests in the same process; not in the journal that is told.
    """

    provider: str
    model: str
    path: str
    began_s: float
    status: int = 0
    ended: Ended = "open"
    ended_s: float | None = None
    tokens_sent: int = 0
    pictures: int = 0
    told: Usage | None = None
    units: int = 0
    bug: str = ""
    body: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "model": self.model,
            "path": self.path,
            "status": self.status,
            "ended": self.ended,
            "began_s": self.began_s,
            "ended_s": self.ended_s,
            "tokens_sent": self.tokens_sent,
            "pictures": self.pictures,
            "units": self.units,
            "bug": self.bug,
            "told": None if self.told is None else asdict(self.told),
        }
