"""How it stands with the models that answer: the same for all tenants, and nobody's data."""

from dataclasses import dataclass

from contracts.http import ModelsLeftAlone
from gateway.domain.callers import Caller
from gateway.ports.models import Breakers
from runtime.clock import Clock


@dataclass(frozen=True)
class ModelService:
    """What the router leaves alone. Why, as a refused key, is for who runs it."""

    breakers: Breakers
    clock: Clock

    async def left_alone(self, caller: Caller) -> ModelsLeftAlone:
        caller.require("read")
        now = self.clock.now()
        open_now = [one for one in await self.breakers.opened() if one.until > now]
        if not caller.may("admin"):
            open_now = [one.model_copy(update={"reason": None}) for one in open_now]
        return ModelsLeftAlone(models=tuple(sorted(open_now, key=lambda one: one.since)))
