"""What the media agent hears and sees."""

from typing import ClassVar, Final, Literal

from pydantic import Field

from contracts.fact import Fact, Model
from contracts.ids import FrameId, SessionMs

MAX_SPEAKER_CHARS: Final = 100
"""Of a speaker's name; writers cut a longer one."""

MAX_UTTERANCE_CHARS: Final = 20_000
"""Writers cut a longer transcript. No bound of the field, so readers take what is longer."""

KeptReason = Literal["first", "changed", "settled", "returned", "asked", "silence", "rate"]


class BlobRef(Model):
    """Bytes that did not travel in the stream; gone after the blob's lifetime."""

    key: str
    media_type: str
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Box(Model):
    """A rectangle in pixels of the frame, origin top left."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)


NOTES: Final = {
    "sound_track_heard": "Of several sound tracks, number {where} is heard.",
    "sound_track_left_out": "Sound track {where} is not heard.",
    "picture_track_left_out": "Picture track {where} is not seen.",
    "sound_silent": "The sound is silent ({where}).",
    "sound_too_quiet": "The sound is too quiet for words to be found in it ({where}).",
    "no_speech": "No speech was found in the sound ({where}).",
    "language_heard": "Speech was heard that is not English: {where}.",
    "speech_not_understood": "Somebody speaks whose words were not understood, and are left out; "
    "it seems to be no English: {where}.",
    "unreadable": "Something in the file cannot be decoded and is left out, first at {where}.",
    "truncated": "The file breaks off at {where}.",
}
"""Code -> sentence for people. Codes are public and never change; more may come."""
MAX_NOTES: Final = 100


class MeetingNote(Model):
    """Something of a recording that was left out, or heard in another way than one may expect."""

    code: str = Field(max_length=50, description="See docs/reference/recordings.md.")
    where: str = Field(max_length=200, description="A track, a time, a language; no content.")

    @property
    def sentence(self) -> str:
        """For people."""
        return NOTES.get(self.code, self.code + ": {where}").format(where=self.where)


class MeetingStarted(Fact):
    """A meeting is being heard and seen."""

    event_type: ClassVar[str] = "media.meeting_started.v1"
    source: Literal["recording", "live"]
    name: str = Field(max_length=255)
    duration_ms: int | None = Field(ge=0, description="None where the container does not say.")
    has_video: bool
    has_audio: bool


class MeetingEnded(Fact):
    """Nothing more comes from this meeting.

    `completed`: the whole recording was played. `truncated`: it was played to `truncated_at_ms`,
    and the rest of the file cannot be read. `left`: the live meeting is over, everybody has left
    or the room was closed. `rejected`: the file cannot be played at all. `failed`: playing was
    given up because of a fault on our side.
    """

    event_type: ClassVar[str] = "media.meeting_ended.v1"
    reason: Literal["completed", "truncated", "left", "rejected", "failed"]
    detail: str | None = Field(default=None, description="One sentence for people; no content.")
    duration_ms: int = Field(ge=0)
    truncated_at_ms: SessionMs | None = None
    spoken_file: str | None = Field(
        default=None, description="Spoken answers (WAV) in the file store; None when none."
    )
    notes: tuple[MeetingNote, ...] = Field(
        default=(), max_length=MAX_NOTES, description="What was left out; of a recording."
    )


class UtteranceHeard(Fact):
    """One final transcript."""

    event_type: ClassVar[str] = "media.utterance_heard.v1"
    speaker: str = Field(max_length=MAX_SPEAKER_CHARS)
    text: str
    start_ms: SessionMs
    end_ms: SessionMs

    @property
    def key(self) -> str:
        return f"{self.speaker}/{self.start_ms}"


class FrameKept(Fact):
    """A frame of the shared screen that shows something new."""

    event_type: ClassVar[str] = "media.frame_kept.v1"
    frame_id: FrameId
    shown_at_ms: SessionMs
    reason: KeptReason
    distance: float = Field(
        ge=0, description="tiles: share of changed tiles, 0-1; phash: Hamming distance, 0-64."
    )
    picture: BlobRef = Field(description="image/jpeg, full range.")
    width: int = Field(gt=0, description="Pixels.")
    height: int = Field(gt=0, description="Pixels.")
    changed: tuple[Box, ...] = Field(
        default=(), description="Against the previous kept frame; empty means the whole frame."
    )
    previous_frame_id: FrameId | None = None

    @property
    def key(self) -> str:
        return str(self.shown_at_ms)


class FramesSampled(Fact):
    """How many frames were seen and kept in [from_ms, to_ms)."""

    event_type: ClassVar[str] = "media.frames_sampled.v1"
    from_ms: SessionMs
    to_ms: SessionMs
    seen: int = Field(ge=0, description="Frames decoded or received, before any rate limit.")
    kept: int = Field(ge=0)
    by_reason: dict[KeptReason, int] = Field(default_factory=dict[KeptReason, int])

    @property
    def key(self) -> str:
        return str(self.from_ms)
