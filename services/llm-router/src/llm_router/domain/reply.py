"""What comes back from a model: a reply to be judged, or a failure, which is a value as well."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.conversation import Source
from hosted_models.calls import FailureReason


@dataclass(frozen=True)
class Reply:
    """A whole reply.

    Attributes:
        sources: what it cites; the machine checks that they resolve.
        claims: what of the text is taken from its sources; None: all of it.
        support: the model's own word on how sure it is, [0, 1]; None: it gave none.
    """

    text: str
    sources: tuple[Source, ...] = ()
    abstained: bool = False
    support: float | None = None
    claims: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    cost_usd: Decimal = Decimal(0)
    took_ms: int = 0


@dataclass(frozen=True)
class Failure:
    """No reply. What was spent is spent all the same.

    Attributes:
        retry_after_s: how long the provider wants to be left alone; None: it did not say.
    """

    reason: FailureReason
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    cost_usd: Decimal = Decimal(0)
    took_ms: int = 0
    retry_after_s: float | None = None
