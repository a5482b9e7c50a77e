"""Which tiers serve: those that the settings name, else those that follow the keys."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.errors import RejectedError
from llm_router.domain.routing import Tier
from providers.catalogue import BY_NAME, Provider
from providers.tiers import pictures_for, row_of, sees_pictures, tiers_for

OFFLINE: Final = Tier("offline", ("local:extractive-minilm",))
"""The answerer of our own: the only tier without a key, the last resort with one."""


@dataclass(frozen=True)
class ServedTiers:
    """Weakest first.

    Attributes:
        last_resort: asked when every provider failed; None: the tiers hold it already.
        ended: models that were named and are not asked, because they are past their end.
        ending: models that are asked, and end within 60 days.
        pictures: models that see, by the keys, where in some tier nobody does.
    """

    tiers: tuple[Tier, ...]
    last_resort: Tier | None = None
    ended: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """All that may be asked."""
        named = (model for tier in self.tiers for model in tier.models)
        return tuple(dict.fromkeys((*named, *self.pictures)))

    @property
    def blind(self) -> frozenset[str]:
        """Those of them that see no pictures."""
        return frozenset(model for model in self.models if not sees_pictures(model))

    @property
    def providers(self) -> tuple[str, ...]:
        """Each once, in the order in which they are asked."""
        return tuple(dict.fromkeys(model.partition(":")[0] for model in self.models))


def served_tiers(
    told: Sequence[Tier], connections: Collection[str], today: date, *, offline: bool = False
) -> ServedTiers:
    """What serves today.

    Args:
        told: the tiers of the settings; empty: none were set.
        connections: providers that may be asked, by name.
        today: models that end on it or before are left out.
        offline: our own answerer alone, whatever else is there.

    Raises:
        RejectedError: a tier names a model that cannot be asked, or all of them have ended.
    """
    if offline:
        return ServedTiers((OFFLINE,))
    for tier in told:
        for model in tier.models:
            _refuse_unservable(model, connections)
    # As of the first of days, so that those that ended since are named and not passed over.
    by_keys = [Tier(row.name, row.models) for row in tiers_for(connections, date.min)]
    named = list(told) or by_keys
    models = [model for tier in named for model in tier.models]
    ended = tuple(model for model in models if (row := row_of(model)) and row.has_ended(today))
    left = [(tier.name, tuple(m for m in tier.models if m not in ended)) for tier in named]
    tiers = tuple(Tier(name, models) for name, models in left if models)
    if named and not tiers:
        raise RejectedError(
            f"every model of the tiers has ended ({', '.join(ended)}); name others in "
            "LLM_ROUTER_TIERS",
            code="models_ended",
        )
    ending = tuple(model for model in models if (row := row_of(model)) and row.ends_soon(today))
    has_own = any(model in OFFLINE.models for tier in tiers for model in tier.models)
    last_resort = OFFLINE if tiers and not has_own else None
    sees_all = all(any(map(sees_pictures, tier.models)) for tier in tiers)
    pictures = () if sees_all else pictures_for(connections, today)
    return ServedTiers(tiers or (OFFLINE,), last_resort, ended, ending, pictures)


def _refuse_unservable(model: str, connections: Collection[str]) -> None:
    if model in OFFLINE.models:
        return
    name, _, rest = model.partition(":")
    provider = BY_NAME.get(name)
    if provider is None or "llm" not in provider.kinds or not rest:
        known = [f"{one.name}:NAME" for one in BY_NAME.values() if "llm" in one.kinds]
        raise RejectedError(
            f"LLM_ROUTER_TIERS names the model {model}; models that can be asked are "
            f"{', '.join((*OFFLINE.models, *known))}",
            code="unknown_model",
        )
    if name not in connections:
        raise RejectedError(
            f"LLM_ROUTER_TIERS names the model {model}, but {_switch(provider)} is not set",
            code="no_key",
        )


def _switch(provider: Provider) -> str:
    return provider.key_variables[0] if provider.url else provider.url_variable
