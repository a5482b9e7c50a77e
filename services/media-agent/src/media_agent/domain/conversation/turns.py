"""Which utterance is a turn: a question that Parley answers."""

from dataclasses import dataclass
from typing import Literal

from contracts.conversation import MAX_QUESTION_CHARS, Channel, Screen, TurnTaken
from contracts.ids import TurnId
from contracts.media import MAX_SPEAKER_CHARS, MAX_UTTERANCE_CHARS, UtteranceHeard
from contracts.sessions import Addressing
from media_agent.domain.conversation.addressing import addressed_by
from media_agent.domain.conversation.backchannel import is_backchannel
from media_agent.domain.conversation.people import Person, Transcript
from media_agent.domain.conversation.questions import first_question_at

TurnReason = Addressing | Literal["chat"]


@dataclass(frozen=True)
class TurnRule:
    """When an utterance is a turn.

    Attributes:
        addressing: which speech is meant for Parley; `chat`: a written message always is.
        skips_backchannel: noises and thanks are no turn, even where all speech is.
        is_patient: nobody hears the wait for the answer.
    """

    addressing: TurnReason
    skips_backchannel: bool = False
    is_patient: bool = False


@dataclass(frozen=True)
class Turn:
    """A question to Parley; how its id is derived, and what it saw, its meeting knows."""

    channel: Channel
    text: str
    speaker: str
    asked_at_ms: int
    addressed_by: TurnReason
    is_patient: bool

    def taken(self, turn_id: TurnId, screen: Screen | None) -> TurnTaken:
        """The fact, about the frame that the screen showed; None without a screen."""
        return TurnTaken(
            turn_id=turn_id,
            channel=self.channel,
            text=self.text,
            speaker=self.speaker,
            asked_at_ms=self.asked_at_ms,
            screen=screen,
            addressed_by=self.addressed_by,
            patient=self.is_patient,
        )


def decide_turn(utterance: Transcript, rule: TurnRule) -> Turn | None:
    """The turn that this utterance is; None: it asks Parley nothing."""
    text = utterance.text.strip()
    reason = _reason(text, utterance.language, rule)
    if reason is None:
        return None
    return Turn(
        channel="chat" if reason == "chat" else "voice",
        text=_with_question(text, utterance.language, reason)[:MAX_QUESTION_CHARS],
        speaker=speaker_name(utterance.person),
        asked_at_ms=utterance.end_ms,
        addressed_by=reason,
        is_patient=rule.is_patient,
    )


def utterance_heard(utterance: Transcript) -> UtteranceHeard:
    """The fact that this was said, to Parley or not."""
    return UtteranceHeard(
        speaker=speaker_name(utterance.person),
        text=utterance.text.strip()[:MAX_UTTERANCE_CHARS],
        start_ms=utterance.start_ms,
        end_ms=utterance.end_ms,
    )


def speaker_name(person: Person) -> str:
    """As facts and feed entries say it."""
    return person.name[:MAX_SPEAKER_CHARS]


def _with_question(text: str, language: str | None, reason: TurnReason) -> str:
    """All that was said: it says what the question is about. Only what is too long begins later."""
    if reason != "question" or len(text) <= MAX_QUESTION_CHARS:
        return text
    return text[first_question_at(text, language) or 0 :].lstrip()


def _reason(text: str, language: str | None, rule: TurnRule) -> TurnReason | None:
    if rule.addressing == "chat":
        return "chat" if text else None
    if rule.skips_backchannel and is_backchannel(text):
        return None
    return addressed_by(text, rule.addressing, language)
