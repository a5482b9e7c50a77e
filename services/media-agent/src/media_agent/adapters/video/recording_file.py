"""A recorded meeting as a file, decoded by PyAV (FFmpeg's libraries)."""

from collections.abc import Callable, Iterator
from heapq import merge
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import av.error
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from contracts.errors import RejectedError
from contracts.media import MeetingNote
from media_agent.adapters.video.av_frames import frame_from_av
from media_agent.adapters.video.container import ContainerReader
from media_agent.adapters.video.media_clock import MediaClock, promised_ms
from media_agent.adapters.video.sound_track import SoundTrack
from media_agent.adapters.video.speech_tracks import FoundTrack, best, listen, name_of
from media_agent.domain.gate.frames import Frame, Picture
from media_agent.domain.recording.notes import clock_time, sound_level_note
from media_agent.domain.recording.pieces import AboutRecording, Piece, Sound
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ, Detect

SHORT_BY_MS: Final = 1_000
"""The container may promise a little more than there is: rounding, an edit list, a last gap."""
MIN_SOUND_MS: Final = 200
"""Less than that and no picture is not a recording: noise is now and then taken for MP3."""
MAX_TRACKS: Final = 32
"""That are listened to; those beyond are only named."""


class RecordingFile:
    """One recording. Pictures and sound are decoded apart, and merged by time.

    Use as a context manager. Of several sound tracks the one with most speech is heard. What is
    left out, or broken, `notes` and `truncated_at_ms` say in the end.
    """

    def __init__(
        self, path: Path, name: str | None = None, *, detector: Callable[[], Detect]
    ) -> None:
        """Open, try the first picture or sound, and listen where there are several sound tracks.

        Args:
            path: of the file.
            name: for people; None: the file's.
            detector: makes one that finds speech in a track.

        Raises:
            RejectedError: code `not_a_recording`, with one sentence for people.
        """
        self._path, self._name = path, name or path.name
        self.seen = 0
        self.ended_ms = 0
        self._reached_s = 0.0
        self._open: list[ContainerReader] = []
        self._left_out: list[MeetingNote] = []
        self._sound_index: int | None = None
        self._track: SoundTrack | None = None
        self.about = self._probe(detector)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for reader in self._open:
            reader.close()
        self._open.clear()

    @property
    def truncated_at_ms(self) -> int | None:
        """After `pieces` is used up: where it breaks off before the end it promises, or None.

        A picture that ends before the sound, or the sound before the picture, is no break.
        """
        promised, reached_ms = self.about.duration_ms, round(self._reached_s * 1000)
        if promised is None or promised - max(reached_ms, self.ended_ms) < SHORT_BY_MS:
            return None
        return self.ended_ms

    @property
    def notes(self) -> tuple[MeetingNote, ...]:
        """After `pieces` is used up: what of the file is not seen or heard."""
        notes = list(self._left_out)
        read = [*self._open, *([self._track] if self._track else [])]
        damage = [one.damaged_at_s for one in read if one.damaged_at_s is not None]
        if damage and self.truncated_at_ms is None:
            where = clock_time(round(max(min(damage), 0) * 1000))
            notes.append(MeetingNote(code="unreadable", where=where))
        if self._track is not None and (level := sound_level_note(self._track.peak)):
            notes.append(level)
        return tuple(notes)

    def pieces(self, *, pictures: bool = True, sound: bool = True) -> Iterator[Piece]:
        """Pictures and sound from the beginning, in order of time."""
        self.seen = self.ended_ms = 0
        self._reached_s = 0.0
        streams: list[Iterator[Piece]] = []
        if pictures and self.about.has_video:
            streams.append(self._pictures())
        if sound and self.about.has_audio:
            streams.append(self._sounds())
        return merge(*streams, key=_time_of)

    def _probe(self, detector: Callable[[], Detect]) -> AboutRecording:
        if self._path.stat().st_size == 0:
            raise self._rejected("is empty")
        reader = self._reader()
        self._choose(reader, detector)
        about = AboutRecording(
            name=self._name,
            duration_ms=promised_ms(reader.container),
            has_video=bool(reader.pictures) and next(self._pictures(), None) is not None,
            has_audio=self._sound_index is not None and self._has_sound(),
        )
        if not about.has_video and not about.has_audio:
            raise self._rejected("holds no picture and no sound that can be decoded")
        return about

    def _choose(self, reader: ContainerReader, detector: Callable[[], Detect]) -> None:
        """The sound track to hear, and what is left out for it."""
        if len(reader.tracks) == 1:
            self._sound_index = reader.tracks[0].index
        elif reader.tracks:
            count = min(len(reader.tracks), MAX_TRACKS)
            heard = best(listen(self._reader, count, detector))
            self._sound_index = heard.index
            self._left_out += _track_notes(reader, heard)
        for number, stream in enumerate(reader.pictures[1:], start=1):
            where = name_of(stream, number)
            self._left_out.append(MeetingNote(code="picture_track_left_out", where=where))

    def _has_sound(self) -> bool:
        sample_count = 0
        for sound in self._sounds():
            sample_count += len(sound.samples)
            if sample_count * 1000 >= MIN_SOUND_MS * SAMPLE_RATE_HZ:
                return True
        return False

    def _reader(self) -> ContainerReader:
        try:
            reader = ContainerReader(self._path)
        except (av.error.FFmpegError, ValueError) as error:
            raise self._rejected("is not a recording that can be read") from error
        self._open.append(reader)
        return reader

    def _rejected(self, what: str) -> RejectedError:
        message = f"{self._name} {what}; give a video or sound file such as MP4, WebM or WAV."
        return RejectedError(message, code="not_a_recording")

    def _pictures(self) -> Iterator[Picture]:
        reader = self._reader()
        stream = reader.pictures[0]
        clock, last_ms, length_s = MediaClock(reader.container), -1, _frame_s(stream)
        for frame in reader.film(stream):
            # Never back: a frame out of order comes right after the one before.
            t_ms = max(round(clock.at(frame.time, length_s) * 1000), last_ms + 1)
            last_ms = t_ms
            self.seen += 1
            self._ended(t_ms + round(length_s * 1000), reader)
            yield Picture(t_ms, _later(frame, t_ms))
        self._ended(0, reader)

    def _sounds(self) -> Iterator[Sound]:
        reader = self._reader()
        (stream,) = (one for one in reader.tracks if one.index == self._sound_index)
        self._track = SoundTrack(MediaClock(reader.container))
        for sound in self._track.sounds(reader.sound(stream)):
            self._ended(sound.t_ms + len(sound.samples) * 1000 // SAMPLE_RATE_HZ, reader)
            yield sound
        self._ended(0, reader)

    def _ended(self, at_ms: int, reader: ContainerReader) -> None:
        self.ended_ms = max(self.ended_ms, at_ms)
        self._reached_s = max(self._reached_s, reader.reached_s)


def _track_notes(reader: ContainerReader, heard: FoundTrack) -> Iterator[MeetingNote]:
    yield MeetingNote(code="sound_track_heard", where=heard.name)
    for number, stream in enumerate(reader.tracks):
        if stream.index != heard.index:
            yield MeetingNote(code="sound_track_left_out", where=name_of(stream, number))


def _frame_s(stream: VideoStream) -> float:
    return 1 / float(stream.average_rate) if stream.average_rate else 0.0


def _later(frame: VideoFrame, t_ms: int) -> Callable[[], Frame]:
    return lambda: frame_from_av(frame, t_ms)


def _time_of(piece: Piece) -> int:
    return piece.t_ms
