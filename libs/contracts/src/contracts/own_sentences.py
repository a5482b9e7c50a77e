"""What Parley says of itself, in the tenant's language: `sentences/*.toml`, one file a language."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field

from contracts.conversation import RefusedReason
from contracts.fact import Model

LANGUAGES: Final = ("de", "en", "es", "fr", "ja", "zh")
OTHERWISE: Final = "en"

MeetingSentence = Literal[
    "no_answer",
    "again",
    "rest_lost",
    "record_lost",
    "redis_lost",
    "redis_back",
    "ears_lost_spoken",
    "ears_lost_written",
    "ears_back",
    "voice_lost",
    "voice_back",
    "written_only",
    "spoken_again",
    "budget_used_up",
    "budget_back",
    "empty",
    "too_long",
    "too_many",
]


class OwnSentences(Model):
    """In one language.

    Attributes:
        welcome: unless the tenant has words of its own.
        fillers: said while an answer takes its time.
        not_found: said for a model that abstains without a word.
        refused: why a question has no answer.
        wait_for_plan: the plan allows more in `{seconds}`.
        beyond_plan: the plan never allows as much as the question takes.
        meeting: what is said and written in a live meeting.
    """

    welcome: str
    fillers: tuple[str, ...] = Field(min_length=1)
    not_found: str
    refused: Mapping[RefusedReason, str]
    wait_for_plan: str
    beyond_plan: str
    meeting: Mapping[MeetingSentence, str]


@lru_cache
def own_sentences(language: str) -> OwnSentences:
    """In a language (ISO 639-1) that is known, else in English."""
    name = language if language in LANGUAGES else OTHERWISE
    table = files("contracts") / "sentences" / f"{name}.toml"
    return OwnSentences.model_validate(tomllib.loads(table.read_text("utf-8")))
