"""The minutes of a meeting: what happens in it, stated as facts and shown on the feed."""

from typing import Final

from contracts.conversation import MAX_QUESTION_CHARS, TurnTaken
from contracts.errors import RejectedError
from contracts.fact import Envelope
from contracts.feed import Framed, Heard, Started
from contracts.ids import FrameId, SessionId, TurnId
from contracts.media import MeetingStarted, UtteranceHeard
from contracts.sessions import Addressing, RecordingUploaded
from media_agent.domain.frame_sampler import Counted
from media_agent.domain.recording import AboutRecording
from media_agent.domain.speech import Utterance
from media_agent.meeting.frame_store import EncodedFrame, FrameStore, sampled
from media_agent.ports import Pictures
from runtime.bus import Delivery
from runtime.ids import derive_id
from runtime.telemetry import metrics

SPEAKER: Final = "Speaker"
"""A recording does not say who speaks."""


class RecordingOutbox:
    """States facts in the delivery's name. What an earlier owner noted is not stated again.

    Ids follow from what happened when, so what is stated twice all the same is one fact.
    """

    def __init__(
        self, event: Envelope[RecordingUploaded], delivery: Delivery, pictures: Pictures
    ) -> None:
        if event.session_id is None:
            raise RejectedError("a recording belongs to a session", code="no_session")
        self.session_id: SessionId = event.session_id
        self._event, self._delivery, self._pictures = event, delivery, pictures
        self._noted_ms = delivery.noted_ms
        self._store = FrameStore(pictures, event.tenant_id, event.session_id, origin=event.id)

    def is_noted(self, at_ms: int) -> bool:
        """Did an earlier owner state what happened then?"""
        return self._noted_ms is not None and at_ms < self._noted_ms

    async def started(self, about: AboutRecording) -> None:
        if self._noted_ms is not None:
            return
        fact = MeetingStarted(
            source="recording",
            name=about.name,
            duration_ms=about.duration_ms,
            has_video=about.has_video,
            has_audio=about.has_audio,
        )
        entry = Started(event_id=self._delivery.id_of(fact), meeting=fact)
        await self._delivery.state(fact, feed=[entry], noted_ms=0)

    async def kept(self, encoded: EncodedFrame, at_ms: int) -> FrameId | None:
        """State a kept frame. Returns its id; None when it was stated before."""
        if self.is_noted(at_ms):
            self._store.skip(encoded)
            return None
        fact = await self._store.add(encoded)
        entry = Framed(event_id=self._delivery.id_of(fact), frame=fact)
        await self._delivery.state(fact, feed=[entry], noted_ms=at_ms)
        metrics.add("frames_total", outcome="kept")
        return fact.frame_id

    async def said(self, utterance: Utterance, text: str, at_ms: int) -> None:
        """State speech that is no turn."""
        heard = _heard(utterance, text)
        entry = Heard(event_id=self._delivery.id_of(heard), utterance=heard)
        await self._delivery.state(heard, feed=[entry], noted_ms=at_ms)

    async def asked(
        self, utterance: Utterance, text: str, addressed_by: Addressing, at_ms: int
    ) -> TurnId:
        """State speech that is a turn, about the newest kept frame."""
        turn_id = TurnId(derive_id(self._event.id, "media-agent", "turn", str(utterance.start_ms)))
        screen = self._store.newest
        if screen is not None and (shown := self._store.showing(screen.shown_at_ms)) is not None:
            await self._pictures.name(shown.picture.key)
        heard = _heard(utterance, text)
        turn = TurnTaken(
            turn_id=turn_id,
            channel="voice",
            text=text[:MAX_QUESTION_CHARS],
            speaker=SPEAKER,
            asked_at_ms=utterance.end_ms,
            screen=screen,
            addressed_by=addressed_by,
            patient=self._event.data.speed == "max",
        )
        entry = Heard(event_id=self._delivery.id_of(heard), utterance=heard, turn_id=turn_id)
        await self._delivery.state(heard, turn, feed=[entry], noted_ms=at_ms)
        return turn_id

    async def counted(self, counted: Counted, at_ms: int) -> None:
        if self.is_noted(at_ms):
            return
        await self._delivery.state(sampled(counted), noted_ms=at_ms)
        metrics.add("frames_total", counted.seen, outcome="seen")


def _heard(utterance: Utterance, text: str) -> UtteranceHeard:
    return UtteranceHeard(
        speaker=SPEAKER, text=text, start_ms=utterance.start_ms, end_ms=utterance.end_ms
    )
