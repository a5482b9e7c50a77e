"""How it stands with the models that answer."""

from collections.abc import Sequence
from typing import Protocol

from contracts.http import ModelLeftAlone


class Breakers(Protocol):
    """Which models the router leaves alone, over all tenants."""

    async def opened(self) -> Sequence[ModelLeftAlone]:
        """Those that it left alone lately, some of which may be asked again.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...
