"""What rag needs to put what was found into a better order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.ports.causes import Cause

RerankUnit = Literal["token", "query"]


@dataclass(frozen=True)
class Used:
    """How much of what a provider charges by."""

    amount: int
    unit: RerankUnit


@dataclass(frozen=True)
class Reranked:
    """A score for each text, in the texts' order, more is better; and what it took."""

    scores: Sequence[float]
    used: Used


class RerankModel(Protocol):
    """One model, whoever pays."""

    @property
    def model(self) -> str:
        """As `provider:model`."""
        ...

    def most(self, query: str, texts: Sequence[str]) -> Used:
        """Upper bound of what scoring the texts uses."""
        ...

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        """Score each text.

        Raises:
            UnavailableError: the provider did not answer, or with no scores.
        """
        ...


class Reranker(Protocol):
    """One model, at the expense of the tenant who needs it."""

    @property
    def model(self) -> str:
        """As `provider:model`."""
        ...

    async def scores(self, query: str, texts: Sequence[str], cause: Cause) -> Sequence[float]:
        """One for each text, in their order, more is better; `cause` says who is charged.

        Raises:
            UnavailableError: the provider did not answer, or with no scores.
            RejectedError: the tenant may not spend.
        """
        ...
