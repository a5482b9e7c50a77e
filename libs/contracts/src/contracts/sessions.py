"""A session: one meeting or one chat, from its opening to its close."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.fact import Fact

Addressing = Literal["always", "name", "question"]
"""Which speech is a turn: all of it, what names Parley, or what is a question (recordings)."""


class SessionOpened(Fact):
    """A session began. The envelope's session_id is the new session."""

    event_type: ClassVar[str] = "sessions.session_opened.v1"
    title: str = Field(max_length=200)


class SessionClosed(Fact):
    """A session ended; nothing more will be answered in it.

    `closed`: somebody closed it. `idle`: nothing happened in it for the tenant's
    `idle_close_minutes`. `meeting_ended` is stated by nobody.
    """

    event_type: ClassVar[str] = "sessions.session_closed.v1"
    reason: Literal["closed", "meeting_ended", "idle"]


class RecordingUploaded(Fact):
    """A recorded meeting waits in the file store to be played into this session."""

    event_type: ClassVar[str] = "sessions.recording_uploaded.v1"
    file: str = Field(description="Name in the file store, within the tenant.")
    name: str = Field(max_length=255, description="As uploaded; for people, not a path.")
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    speed: Literal["real", "max"] = "real"
    addressing: Addressing = "question"

    @property
    def key(self) -> str:
        return self.file
