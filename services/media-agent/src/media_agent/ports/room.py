"""The room of a live meeting, and what an agent is told of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.ids import TurnId
from media_agent.domain.conversation.people import LiveTranscript, Person


@dataclass(frozen=True)
class Playout:
    """How it went.

    Attributes:
        heard_chars: of the words, from their beginning.
        interrupted: somebody was faster than the end.
    """

    heard_chars: int
    interrupted: bool


class SpeechHandle(Protocol):
    """Words on their way to be heard."""

    @property
    def is_over(self) -> bool: ...

    async def wait_for_first_audio(self) -> bool:
        """Wait for the first sound to be sent. False: it is over, and there was none."""
        ...

    async def wait_for_playout(self) -> Playout:
        """Wait until all is heard, or it was interrupted, or could not be said."""
        ...

    def interrupt(self) -> None:
        """Be silent at once, and say nothing of the rest."""
        ...


class ChatLine(Protocol):
    """One message of ours in the room's chat, shown while it is written."""

    async def write(self, text: str) -> None: ...

    async def close(self) -> None: ...


class LiveRoom(Protocol):
    """The room of a live meeting, from the agent's place in it.

    What it does raises UnavailableError when the room's server does not answer.
    """

    @property
    def is_connected(self) -> bool:
        """False while the server is away: then nobody seems to be there."""
        ...

    @property
    def is_over(self) -> bool:
        """The room was closed for everybody."""
        ...

    @property
    def people(self) -> Sequence[Person]:
        """Human beings, in the order they came."""
        ...

    def say(self, words: str | AsyncIterator[str]) -> SpeechHandle:
        """After what is being said; the words are pulled as they are needed."""
        ...

    def hold(self) -> None:
        """Be silent at once, in the middle of it."""
        ...

    def release(self) -> None:
        """Go on where it was."""
        ...

    async def write(self, turn_id: TurnId | None = None) -> ChatLine:
        """Begin a message in the chat, for all; marked with the turn that it answers."""
        ...

    def look(self, *, at_screens: bool) -> None:
        """Receive shared screens, or really do not."""
        ...


class RoomEvents(Protocol):
    """What an agent is told of a room; none of these waits for anything."""

    def joined(self, person: Person) -> None: ...

    def left(self, person: Person) -> None: ...

    def speaking(self, person: Person, *, speaks: bool) -> None:
        """They began to make sounds, or paused."""
        ...

    def heard(self, utterance: LiveTranscript) -> None: ...

    def wrote(self, person: Person, message_id: str, text: str | None) -> None:
        """In the chat; None: more than anybody reads."""
        ...
