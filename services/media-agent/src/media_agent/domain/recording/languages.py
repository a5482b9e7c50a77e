"""In which languages a recording's speech was heard, and what of it was not understood."""

from collections.abc import Sequence
from typing import Final

from contracts.media import MAX_NOTES, MeetingNote
from media_agent.domain.recording.notes import clock_time
from media_agent.domain.speech.transcription import ENGLISH, Transcription

WITHOUT_SPEECH: Final = frozenset({"sound_silent", "sound_too_quiet"})
"""Notes that say already why nothing is heard."""


class HeardLanguages:
    """Counts utterances by language, in the order in which they are first heard."""

    def __init__(self) -> None:
        self._spoken_ms: dict[str, int] = {}
        self._first_ms: dict[str, int] = {}
        self._unclear: list[int] = []
        self._utterance_count = 0

    def add(self, start_ms: int, end_ms: int, heard: Transcription) -> None:
        """The next utterance."""
        self._utterance_count += 1
        if not heard.understood:
            self._unclear.append(start_ms)
        elif heard.text and heard.language is not None:
            self._first_ms.setdefault(heard.language, start_ms)
            spoken_ms = self._spoken_ms.get(heard.language, 0)
            self._spoken_ms[heard.language] = spoken_ms + end_ms - start_ms

    @property
    def main(self) -> str | None:
        """The one that was spoken longest; None: nothing was understood."""
        return max(self._spoken_ms, key=lambda one: self._spoken_ms[one], default=None)

    def added_to(
        self, notes: Sequence[MeetingNote], *, has_audio: bool = True
    ) -> tuple[MeetingNote, ...]:
        """The file's own notes, and what a person should know of what was said in it."""
        added = [
            MeetingNote(code="language_heard", where=f"{one}, from {clock_time(at_ms)} on")
            for one, at_ms in self._first_ms.items()
            if one != ENGLISH
        ]
        if self._unclear:
            more = f" and {len(self._unclear) - 1} more" if len(self._unclear) > 1 else ""
            where = f"at {clock_time(self._unclear[0])}{more}"
            added.append(MeetingNote(code="speech_not_understood", where=where))
        if self._utterance_count:
            notes = [note for note in notes if note.code != "sound_too_quiet"]
        elif has_audio and not any(note.code in WITHOUT_SPEECH for note in notes):
            added.append(MeetingNote(code="no_speech", where="the whole recording"))
        return (*notes, *added)[:MAX_NOTES]
