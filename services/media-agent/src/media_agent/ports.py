from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.conversation import Screen
from contracts.fact import Envelope
from contracts.feed import FeedEntry
from contracts.ids import SessionId, TenantId, TurnId
from contracts.media import BlobRef
from media_agent.domain.conversation import Person, Speech
from media_agent.domain.frames import Frame
from media_agent.domain.recording import AboutRecording, Piece
from media_agent.domain.speech import Utterance


class Recording(Protocol):
    """A recorded meeting, opened."""

    @property
    def about(self) -> AboutRecording: ...

    @property
    def ended_ms(self) -> int:
        """End of the last picture or sound that came."""
        ...

    @property
    def truncated_at_ms(self) -> int | None:
        """After `pieces` is used up: where it breaks off before the end it promises, or None."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """Pictures and sound from the beginning, in order of time; decodes as it is pulled."""
        ...


class OpenRecording(Protocol):
    """How a recording is opened."""

    def __call__(self, path: Path, name: str) -> AbstractContextManager[Recording]:
        """Blocks while the first pictures and sounds are tried.

        Raises:
            RejectedError: nothing in it can be decoded; one sentence for people.
        """
        ...


class SpeechToText(Protocol):
    """A model of speech-to-text."""

    @property
    def model(self) -> str: ...

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Text of mono samples at 16 kHz; "" when there are no words.

        Raises:
            UnavailableError: the model's process does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class TextToSpeech(Protocol):
    """A model of text-to-speech."""

    @property
    def model(self) -> str: ...

    @property
    def sample_rate_hz(self) -> int: ...

    async def speak(self, text: str) -> NDArray[np.int16]:
        """Mono samples; empty where nothing can be pronounced.

        Raises:
            UnavailableError: the model's process does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class RecordingSpeech(Protocol):
    """Both, for one recording, whose tenant pays for it.

    What it does raises a ServiceError when it cannot be paid for, and TimeoutError when it took
    too long.
    """

    @property
    def sample_rate_hz(self) -> int:
        """Of what is spoken."""
        ...

    async def transcribe(self, utterance: Utterance) -> str:
        """Its text; "" when there are no words."""
        ...

    async def speak(self, text: str, *, turn_id: TurnId) -> NDArray[np.int16]:
        """A turn's answer as mono samples; empty where nothing can be pronounced."""
        ...


EncodeFrame = Callable[[Frame], bytes]
"""JPEG, full range; blocks for some milliseconds."""


class Pictures(Protocol):
    """Kept frames, for a while."""

    async def put(
        self, data: bytes, *, media_type: str, tenant_id: TenantId, session_id: SessionId
    ) -> BlobRef:
        """Store.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...

    async def name(self, key: str) -> None:
        """A turn asks about it: it is never shed.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...


class FileStore(Protocol):
    """Durable files."""

    def local(self, tenant_id: TenantId, name: str) -> AbstractAsyncContextManager[Path]:
        """A local path to read from while the block lasts.

        Raises:
            RejectedError: there is no such file.
            UnavailableError: the store does not answer.
        """
        ...

    async def put(
        self, tenant_id: TenantId, name: str, chunks: AsyncIterator[bytes], *, max_bytes: int
    ) -> object:
        """Store whole or not at all.

        Raises:
            UnavailableError: the store does not answer or is full.
        """
        ...


class FeedItem(Protocol):
    """An entry of the session feed, and its id."""

    @property
    def entry_id(self) -> str: ...

    @property
    def entry(self) -> FeedEntry: ...


class Tell(Protocol):
    """Appends to a session's feed outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


class Publish(Protocol):
    """States facts outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, *envelopes: Envelope[Any]) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


Follow = Callable[[SessionId, str | None], AsyncGenerator[FeedItem]]
"""Entries of the session's feed after an entry id (None: from its beginning), then new ones."""


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
    """Words on their way to people's ears."""

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

    def heard(self, speech: Speech) -> None: ...

    def wrote(self, person: Person, message_id: str, text: str | None) -> None:
        """In the chat; None: more than anybody reads."""
        ...


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


class Screens(Protocol):
    """Looks at what is shared."""

    def speaking(self, is_speaking: bool) -> None:
        """Somebody speaks, or all are silent: the faster people talk, the closer one looks."""
        ...

    async def screen(self, at_ms: int) -> Screen | None:
        """The frame that a question is about which ended then; None where nothing is shared."""
        ...
