"""A recorded meeting as a file, decoded by PyAV (FFmpeg's libraries)."""

from collections.abc import Callable, Iterator
from heapq import merge
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, cast

import av
import av.container
import av.error
import av.packet
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from contracts.errors import RejectedError
from media_agent.adapters.video.av_frames import frame_from_av
from media_agent.domain.gate.frames import Frame, Picture
from media_agent.domain.recording.pieces import AboutRecording, Piece, Sound

Packet: TypeAlias = "av.packet.Packet[Any]"
"""Of either kind; PyAV's annotations tell them apart by stream, which says nothing more here."""
SAMPLE_RATE_HZ: Final = 16_000
# FFmpeg also opens play lists and scripts that name other files or hosts: only containers that
# hold their own data are let in, and nothing but the file itself is opened.
OPTIONS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,avi,gif,wav,mp3,ogg,flac,aac,mpegts,mpeg,flv,asf,aiff,caf",
}
SHORT_BY_MS: Final = 1_000
"""The container may promise a little more than there is: rounding, an edit list, a last gap."""
MIN_SOUND_MS: Final = 200
"""Less than that and no picture is not a recording: noise is now and then taken for MP3."""


class RecordingFile:
    """One recording. Pictures and sound are decoded apart, and merged by time.

    Use as a context manager. What is broken is left out; `truncated_at_ms` says so in the end.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Open and try the first picture or sound.

        Raises:
            RejectedError: code `not_a_recording`, with one sentence for people.
        """
        self._path, self._name = path, name or path.name
        self.seen = 0
        self.ended_ms = 0
        self._open: list[av.container.InputContainer] = []
        self.about = self._probe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for container in self._open:
            container.close()
        self._open.clear()

    @property
    def truncated_at_ms(self) -> int | None:
        """After `pieces` is used up: where it breaks off before the end it promises, or None."""
        promised = self.about.duration_ms
        if promised is None or promised - self.ended_ms < SHORT_BY_MS:
            return None
        return self.ended_ms

    def pieces(self, *, pictures: bool = True, sound: bool = True) -> Iterator[Piece]:
        """Pictures and sound from the beginning, in order of time."""
        self.seen = self.ended_ms = 0
        streams: list[Iterator[Piece]] = []
        if pictures and self.about.has_video:
            streams.append(self._pictures())
        if sound and self.about.has_audio:
            streams.append(self._sounds())
        return merge(*streams, key=_time_of)

    def _probe(self) -> AboutRecording:
        if self._path.stat().st_size == 0:
            raise self._rejected("is empty")
        container = self._container()
        video, audio = _video_of(container), _audio_of(container)
        duration_ms = None if container.duration is None else round(container.duration / 1000)
        about = AboutRecording(
            name=self._name,
            duration_ms=duration_ms,
            has_video=video is not None and next(self._pictures(), None) is not None,
            has_audio=audio is not None and self._has_sound(),
        )
        if not about.has_video and not about.has_audio:
            raise self._rejected("holds no picture and no sound that can be decoded")
        return about

    def _has_sound(self) -> bool:
        sample_count = 0
        for sound in self._sounds():
            sample_count += len(sound.samples)
            if sample_count * 1000 >= MIN_SOUND_MS * SAMPLE_RATE_HZ:
                return True
        return False

    def _container(self) -> av.container.InputContainer:
        try:
            container = av.open(str(self._path), options=OPTIONS)
        except av.error.FFmpegError as error:
            raise self._rejected("is not a recording that can be read") from error
        self._open.append(container)
        return container

    def _rejected(self, what: str) -> RejectedError:
        message = f"{self._name} {what}; give a video or sound file such as MP4, WebM or WAV."
        return RejectedError(message, code="not_a_recording")

    def _pictures(self) -> Iterator[Picture]:
        container = self._container()
        stream = _video_of(container)
        if stream is None:
            return
        stream.thread_type = "AUTO"
        start_s, last_ms = _start_s(container), -1
        whole = True
        for packet in _packets(container, stream):
            frames = _decoded(packet)
            whole = whole and frames is not None
            for frame in cast(list[VideoFrame], frames or ()):
                # What follows damage is drawn upon it, up to the next picture that stands alone.
                whole = whole or frame.key_frame
                if frame.is_corrupt or not whole:
                    continue
                t_ms = _time_ms(frame.time, start_s, last_ms)
                last_ms = t_ms
                self.seen += 1
                self.ended_ms = max(self.ended_ms, t_ms + _frame_ms(stream))
                yield Picture(t_ms, _later(frame, t_ms))

    def _sounds(self) -> Iterator[Sound]:
        container = self._container()
        stream = _audio_of(container)
        if stream is None:
            return
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        start_s, sample = _start_s(container), None
        for packet in _packets(container, stream):
            for frame in cast(list[av.AudioFrame], _decoded(packet) or ()):
                # Counted in samples: the times of single packets jitter by a millisecond or two.
                if sample is None:
                    sample = round(max((frame.time or 0) - start_s, 0) * SAMPLE_RATE_HZ)
                for made in resampler.resample(frame):
                    samples = made.to_ndarray()[0].astype(np.int16)
                    t_ms = sample * 1000 // SAMPLE_RATE_HZ
                    sample += len(samples)
                    self.ended_ms = max(self.ended_ms, sample * 1000 // SAMPLE_RATE_HZ)
                    yield Sound(t_ms, samples)


def _packets(
    container: av.container.InputContainer, stream: VideoStream | AudioStream
) -> Iterator[Packet]:
    """Up to the end, or to where the container breaks."""
    try:
        yield from container.demux(stream)
    except av.error.FFmpegError:
        return


def _decoded(packet: Packet) -> list[Any] | None:
    """Frames of the packet; None where it is broken: what comes after may be whole again."""
    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        return None


def _video_of(container: av.container.InputContainer) -> VideoStream | None:
    """The first that is no cover picture of a sound file."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _audio_of(container: av.container.InputContainer) -> AudioStream | None:
    return container.streams.audio[0] if container.streams.audio else None


def _start_s(container: av.container.InputContainer) -> float:
    """Where the container's clock begins: 0 of the meeting, for picture and sound alike."""
    return (container.start_time or 0) / av.time_base


def _time_ms(time_s: float | None, start_s: float, last_ms: int) -> int:
    """Never back: a frame without a time, or out of order, comes right after the one before."""
    if time_s is None:
        return last_ms + 1
    return max(round((time_s - start_s) * 1000), last_ms + 1, 0)


def _frame_ms(stream: VideoStream) -> int:
    return round(1000 / float(stream.average_rate)) if stream.average_rate else 0


def _later(frame: VideoFrame, t_ms: int) -> Callable[[], Frame]:
    return lambda: frame_from_av(frame, t_ms)


def _time_of(piece: Piece) -> int:
    return piece.t_ms
