"""Which models serve, weakest first, for the keys that are there: the table in `tiers.toml`."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from providers.settings import OWN_SERVER

STRENGTHS: Final = ("weak", "middle", "strong")
ENDING_WITHIN: Final = timedelta(days=60)
"""Time for a person to choose another model and try it."""


@dataclass(frozen=True)
class ModelRow:
    """What is known of one hosted model.

    Attributes:
        ends: the day it is switched off; None: no end is known.
        context_tokens: of one request, prompt and reply together.
        dearer_above_tokens: a prompt longer than this costs more a token; None: never.
        price_source: where its price is looked up.
    """

    provider: str
    name: str
    context_tokens: int
    sees_pictures: bool
    price_source: str
    ends: date | None = None
    dearer_above_tokens: int | None = None

    def has_ended(self, today: date) -> bool:
        return self.ends is not None and today >= self.ends

    def ends_soon(self, today: date) -> bool:
        """It still serves, and not for another 60 days."""
        return self.ends is not None and today < self.ends <= today + ENDING_WITHIN


@dataclass(frozen=True)
class TierRow:
    """Models of one strength, `provider:model`, in the order they are tried."""

    name: str
    models: tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Serving(_Strict):
    weak: tuple[str, ...]
    middle: tuple[str, ...]
    strong: tuple[str, ...]
    pictures: tuple[str, ...]


class _Model(_Strict):
    model: str = Field(pattern=r"^[a-z-]+:\S+$")
    context_tokens: int = Field(gt=0)
    sees_pictures: bool
    ends: date | None = None
    dearer_above_tokens: int | None = Field(default=None, gt=0)


class _Table(_Strict):
    read_on: date
    price_source: str
    ends_source: str
    alone: Mapping[str, _Serving]
    several: _Serving
    model: tuple[_Model, ...]

    @model_validator(mode="after")
    def _each_serving_model_has_a_row(self) -> Self:
        known = {row.model for row in self.model}
        for serving in (*self.alone.values(), self.several):
            for models in serving.model_dump().values():
                if missing := set(models) - known:
                    raise ValueError(f"tiers.toml: no [[model]] for {', '.join(sorted(missing))}")
        return self


@cache
def _table() -> _Table:
    text = files("providers").joinpath("tiers.toml").read_text("utf-8")
    return _Table.model_validate(tomllib.loads(text))


@cache
def model_rows() -> Mapping[str, ModelRow]:
    """`provider:model` → what is known of it, of every model of the table."""
    table = _table()
    return {row.model: _model_row(row, table.price_source) for row in table.model}


def _model_row(row: _Model, price_source: str) -> ModelRow:
    provider, _, name = row.model.partition(":")
    return ModelRow(
        provider,
        name,
        row.context_tokens,
        row.sees_pictures,
        price_source,
        row.ends,
        row.dearer_above_tokens,
    )


def row_of(model: str) -> ModelRow | None:
    """What the table knows of `provider:model`; None: nothing, which says nothing against it."""
    return model_rows().get(model)


def sees_pictures(model: str) -> bool:
    """Of a model that nobody listed: hosted ones do see; of one's own server it is not known."""
    row = row_of(model)
    is_ours = model.startswith((f"{OWN_SERVER}:", "local:"))
    return not is_ours if row is None else row.sees_pictures


def tiers_for(providers_with_keys: Collection[str], today: date) -> tuple[TierRow, ...]:
    """The tiers, weakest first, of models that have not ended; empty without a key.

    A provider that the table does not name (a server of one's own) adds nothing.
    """
    tiers = (
        TierRow(strength, _serving(strength, providers_with_keys, today)) for strength in STRENGTHS
    )
    return tuple(tier for tier in tiers if tier.models)


def pictures_for(providers_with_keys: Collection[str], today: date) -> tuple[str, ...]:
    """The models that read pictures, in the order they are tried; empty without a key."""
    return _serving("pictures", providers_with_keys, today)


def _serving(
    part: Literal["weak", "middle", "strong", "pictures"],
    providers_with_keys: Collection[str],
    today: date,
) -> tuple[str, ...]:
    table = _table()
    present = [name for name in table.alone if name in providers_with_keys]
    serving = table.alone[present[0]] if len(present) == 1 else table.several
    models: tuple[str, ...] = getattr(serving, part)
    rows = model_rows()
    return tuple(
        model
        for model in models
        if rows[model].provider in present and not rows[model].has_ended(today)
    )
