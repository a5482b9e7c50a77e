"""Who describes frames: what is told, else what the keys lead to."""

from datetime import date

import pytest

from contracts.errors import RejectedError
from providers.tiers import pictures_for
from vision_worker.domain.caption_models import caption_models
from vision_worker.domain.captions import MAX_CAPTION_CHARS, caption_of

TODAY = date(2026, 11, 29)


def test_without_a_key_and_offline_nobody_does() -> None:
    assert caption_models("", ("deepgram",), TODAY) == ()
    assert caption_models("google:gemini-3.8-flash", ("google",), TODAY, offline=True) == ()


def test_the_keys_lead_to_the_tables_models_for_pictures() -> None:
    keys = ("google", "openai")
    assert caption_models("", keys, TODAY) == pictures_for(keys, TODAY)
    assert caption_models("", ("google",), TODAY)[0] == "google:gemini-3.8-flash"


def test_the_one_that_is_told_is_the_only_one() -> None:
    own = "openai-compatible:llava:7b"
    assert caption_models(own, ("google", "openai-compatible"), TODAY) == (own,)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("openai:gpt-6-luna", "no_key"),
        ("openai-compatible:llava", "no_key"),
        ("deepgram:nova-3", "unknown_model"),
        ("nobody:model", "unknown_model"),
        ("google:gemini-2.5-flash", "models_ended"),
    ],
)
def test_one_that_cannot_be_asked_is_refused_with_what_to_do(told: str, code: str) -> None:
    names = f"VISION_WORKER_MODEL names the model {told}"
    with pytest.raises(RejectedError, match=names) as raised:
        caption_models(told, ("google",), TODAY)
    assert raised.value.code == code


def test_a_caption_is_one_paragraph_of_bounded_length() -> None:
    assert caption_of(" A chart.\n\n It rises. ") == "A chart. It rises."
    assert caption_of(" \n") is None
    assert len(caption_of("word " * 1_000) or "") <= MAX_CAPTION_CHARS
