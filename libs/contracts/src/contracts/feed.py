"""The session feed: what a client sees as it happens. Not facts; nothing is billed from it.

Each entry carries its fact's id where it has one, and readers drop repeats. The entry id of the
Redis stream is the id of the server-sent event.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from contracts.conversation import AnswerCompleted, AnswerRefused, Channel
from contracts.fact import Model
from contracts.ids import EventId, FrameId, SessionMs, TurnId
from contracts.media import (
    MAX_SPEAKER_CHARS,
    FrameKept,
    MeetingEnded,
    MeetingStarted,
    UtteranceHeard,
)
from contracts.vision import ScreenLine, ScreenStructure


class Started(Model):
    """Written by the media agent."""

    kind: Literal["started"] = "started"
    event_id: EventId
    meeting: MeetingStarted


class Heard(Model):
    """Written by the media agent. `turn_id` says that the utterance is a question to Parley."""

    kind: Literal["heard"] = "heard"
    event_id: EventId
    utterance: UtteranceHeard
    turn_id: TurnId | None = None


class Asked(Model):
    """A written question: by the gateway, or by the media agent from a live meeting's chat."""

    kind: Literal["asked"] = "asked"
    turn_id: TurnId
    speaker: str = Field(max_length=MAX_SPEAKER_CHARS)
    text: str
    asked_at_ms: SessionMs
    message_id: str | None = Field(
        default=None,
        description="Of the chat message in the room: LiveKit's stream id. None: asked by HTTP.",
    )


class Framed(Model):
    """Written by the media agent when it keeps a frame."""

    kind: Literal["frame"] = "frame"
    event_id: EventId
    frame: FrameKept


class Described(Model):
    """Written by the vision worker, also for a frame it shed (then without lines)."""

    kind: Literal["described"] = "described"
    event_id: EventId
    frame_id: FrameId
    shown_at_ms: SessionMs
    lines: tuple[ScreenLine, ...] = ()
    structure: ScreenStructure | None = None
    caption: str | None = Field(default=None, description="What a vision model says of it.")
    shed: bool = False


class Draft(Model):
    """Text of an attempt that is not accepted yet; never spoken.

    Nobody writes it yet: the offline answerer has its whole text at once. It is for a model whose
    answer grows word by word, so every reader must take it already.
    """

    kind: Literal["draft"] = "draft"
    turn_id: TurnId
    run: int = Field(ge=1)
    attempt: int = Field(ge=1)
    text: str


class Accepted(Model):
    """The attempt's text stands and may be spoken. `text` is what came since the last one."""

    kind: Literal["accepted"] = "accepted"
    turn_id: TurnId
    run: int = Field(ge=1)
    attempt: int = Field(ge=1)
    channel: Channel
    text: str


class Replaced(Model):
    """The attempt's drafts are void: forget them. Nobody writes it yet, as `Draft`."""

    kind: Literal["replaced"] = "replaced"
    turn_id: TurnId
    run: int = Field(ge=1)
    attempt: int = Field(ge=1)


class Concluded(Model):
    """The turn is over. `answer` is the whole result; None when a newer turn superseded it."""

    kind: Literal["concluded"] = "concluded"
    turn_id: TurnId
    run: int = Field(ge=0, description="0 when the turn never began.")
    answer: AnswerCompleted | None = None
    refusal: AnswerRefused | None = None
    superseded: bool = False


class VoiceClock(Model):
    """When what happened between the end of a question and its answer's first sound."""

    speech_ended_ms: SessionMs = Field(description="The person's last sound.")
    turn_decided_ms: SessionMs = Field(description="Taken for the end of the turn.")
    transcript_ms: SessionMs = Field(description="The words were there.")
    accepted_ms: SessionMs = Field(description="First word of an accepted answer.")
    first_audio_ms: SessionMs = Field(description="First sample of the answer sent.")


class Spoken(Model):
    """Written by the media agent in a live meeting: a turn's answer began to be heard.

    Whoever takes over the room does not say it again.
    """

    kind: Literal["spoken"] = "spoken"
    turn_id: TurnId
    clock: VoiceClock | None = Field(default=None, description="None for what was not asked aloud.")


class Ended(Model):
    """Written by the media agent after everything else of the meeting."""

    kind: Literal["ended"] = "ended"
    event_id: EventId
    meeting: MeetingEnded


FeedEntry = Annotated[
    Started
    | Heard
    | Asked
    | Framed
    | Described
    | Draft
    | Accepted
    | Replaced
    | Concluded
    | Spoken
    | Ended,
    Field(discriminator="kind"),
]
FEED_ENTRY: TypeAdapter[FeedEntry] = TypeAdapter(FeedEntry)


def turn_of(entry: FeedEntry) -> TurnId | None:
    """The turn that an entry belongs to; None when it belongs to none."""
    match entry:
        case Started() | Framed() | Described() | Ended():
            return None
        case _:
            return entry.turn_id
