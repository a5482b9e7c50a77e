"""What the agents of one live meeting leave to each other."""

from typing import Protocol


class AgentCoordination(Protocol):
    """What one agent leaves to the next one in the same room.

    Raises:
        UnavailableError: Redis does not answer in time.
    """

    async def beat(self) -> None:
        """Say that this agent lives; not said again within seconds, it is taken for dead."""
        ...

    async def leave(self) -> None:
        """Say that it lives no more."""
        ...

    async def first(self, what: str) -> bool:
        """Is it the first time in this session that an agent does this?"""
        ...

    async def may_state(self, person: str, *, start_ms: int, end_ms: int) -> bool:
        """Is this speech ours to state? False: another agent stated what they said just then.

        Two agents hear the same at times that differ a little, so it is the same when the other's
        lasted beyond the middle of ours.
        """
        ...

    async def note(self, position: str) -> None:
        """All in the feed up to this entry is done with."""
        ...

    async def noted(self) -> str | None: ...
