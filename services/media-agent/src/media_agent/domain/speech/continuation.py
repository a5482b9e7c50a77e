"""A sentence with a pause in it: two utterances that speech-to-text hears as one sentence."""

import re
from dataclasses import replace
from typing import Final

import numpy as np

from media_agent.domain.conversation.questions import asks
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.domain.speech.segmenter import UtteranceAudio

LONGEST_PAUSE_MS: Final = 2_500
JOINT_MS: Final = 60
"""Left of the pause on either side: a breath, not an end."""
_SENTENCE_END_INSIDE: Final = re.compile(r"(?<!\.)[.?!][\"'”)\]]*\s+\S|[\u3002\uff1f\uff01]\s*\S")

_STATEMENT_ENDS: Final = (".", "!", "\u3002", "\uff01")


def may_go_on(text: str, language: str | None = None) -> bool:
    """Whether more may belong to it: a question and what has no end may, a statement has ended."""
    shown = text.rstrip()
    has_ended = shown.endswith(_STATEMENT_ENDS) and not shown.endswith("...")
    return bool(shown) and (not has_ended or asks(shown, language))


def joined(before: UtteranceAudio, after: UtteranceAudio) -> UtteranceAudio | None:
    """Both, with a breath between; None where the pause is too long for one sentence."""
    if not 0 <= after.start_ms - before.end_ms <= LONGEST_PAUSE_MS:
        return None
    per_ms = SAMPLE_RATE_HZ // 1000
    ends = (before.end_ms - before.samples_start_ms + JOINT_MS) * per_ms
    begins = max(0, after.start_ms - after.samples_start_ms - JOINT_MS) * per_ms
    samples = np.concatenate((before.samples[:ends], after.samples[begins:]))
    return replace(before, end_ms=after.end_ms, samples=samples, is_joined=True)


def is_one_sentence(text: str) -> bool:
    """No sentence ends inside it."""
    return bool(text.strip()) and not _SENTENCE_END_INSIDE.search(text)
