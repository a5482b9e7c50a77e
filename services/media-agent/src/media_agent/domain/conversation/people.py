"""Who takes part in a meeting, and what they say."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """Somebody in the meeting.

    Attributes:
        identity: theirs alone in this meeting.
        name: for people; two may share one.
    """

    identity: str
    name: str


@dataclass(frozen=True)
class Transcript:
    """What one person said until they paused, or wrote as one message, in words.

    Attributes:
        start_ms: first sound, since the start of the session.
        end_ms: last sound, likewise.
        language: ISO 639-1, as it was heard; None where nobody says.
    """

    person: Person
    text: str
    start_ms: int
    end_ms: int
    language: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class LiveTranscript(Transcript):
    """The same of a live meeting, where it matters how long each step took.

    Attributes:
        transcript_ms: the last of its words was there, since the start of the session.
        decided_ms: the pause was taken for the end, likewise.
    """

    transcript_ms: int
    decided_ms: int
