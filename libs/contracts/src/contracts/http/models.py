"""How it stands with the models that answer."""

from pydantic import AwareDatetime, Field

from contracts.fact import Model


class ModelLeftAlone(Model):
    """A model that failed again and again, and is not asked for a while."""

    provider: str
    model: str = Field(description="Without the provider.")
    since: AwareDatetime
    until: AwareDatetime = Field(description="Then one question tries it.")
    reason: str | None = Field(
        description="Of its last failure: timeout, rate_limited, no_access, ...; None for callers "
        "without `admin`."
    )


class ModelsLeftAlone(Model):
    """Of all tenants' questions together; others are asked in their place."""

    models: tuple[ModelLeftAlone, ...] = Field(description="The longest left alone first.")
