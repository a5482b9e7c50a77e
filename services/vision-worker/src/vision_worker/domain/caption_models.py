"""Which vision models describe frames: the one that the settings name, else those of the keys."""

from collections.abc import Collection
from datetime import date

from contracts.errors import RejectedError
from providers.catalogue import BY_NAME
from providers.tiers import pictures_for, row_of


def caption_models(
    told: str, connections: Collection[str], today: date, *, offline: bool = False
) -> tuple[str, ...]:
    """`provider:model`, in the order in which they are tried; empty: no frame is described.

    Args:
        told: of the settings; "" for none.
        connections: providers that may be asked, by name.
        today: models that end on it or before are left out.
        offline: nothing leaves this machine.

    Raises:
        RejectedError: the one that was told cannot be asked, is past its end, or sees no pictures.
    """
    if offline:
        return ()
    if not told:
        return pictures_for(connections, today)
    name, _, _ = told.partition(":")
    provider = BY_NAME.get(name)
    if provider is None or "llm" not in provider.kinds:
        known = ", ".join(f"{one.name}:NAME" for one in BY_NAME.values() if "llm" in one.kinds)
        raise _refused(told, f"models that can be asked are {known}", code="unknown_model")
    if name not in connections:
        switch = provider.key_variables[0] if provider.url else provider.url_variable
        raise _refused(told, f"{switch} is not set", code="no_key")
    row = row_of(told)
    if row is not None and row.has_ended(today):
        raise _refused(told, f"it ended on {row.ends}", code="models_ended")
    if row is not None and not row.sees_pictures:
        raise _refused(told, "it sees no pictures", code="unknown_model")
    return (told,)


def _refused(told: str, why: str, *, code: str) -> RejectedError:
    return RejectedError(f"VISION_WORKER_MODEL names the model {told}, but {why}", code=code)
