"""Who hears and speaks: from keys alone, or as named; what cannot be had is said at the start."""

from collections.abc import Callable

import pytest

from media_agent.settings import MediaAgentSettings
from runtime.settings import InvalidSettingsError, read_settings

Read = Callable[..., MediaAgentSettings]
BASE = {"REDIS_URL": "redis://localhost", "FILES_DIR": "files"}
KEYS = ("DEEPGRAM_API_KEY", "ELEVEN_API_KEY", "CARTESIA_API_KEY", "RIME_API_KEY")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    def with_environment(**variables: str) -> MediaAgentSettings:
        for name in KEYS:
            monkeypatch.delenv(name, raising=False)
        for name, value in (BASE | variables).items():
            monkeypatch.setenv(name, value)
        return read_settings(MediaAgentSettings)

    return with_environment


def test_without_a_key_everything_is_local(read: Read) -> None:
    settings = read()
    assert settings.stt_order == settings.tts_order == settings.premium_tts_order == ("local",)


def test_an_empty_key_is_no_key(read: Read) -> None:
    assert read(DEEPGRAM_API_KEY="").stt_order == ("local",)


def test_a_key_switches_its_provider_on_and_local_stays_last(read: Read) -> None:
    settings = read(DEEPGRAM_API_KEY="k", ELEVEN_API_KEY="k", CARTESIA_API_KEY="k")
    assert settings.stt_order == ("deepgram", "local")
    assert settings.tts_order == ("elevenlabs", "cartesia", "local")


def test_rimes_key_gives_the_premium_voice_to_the_tier_that_has_it_and_to_nobody_else(
    read: Read,
) -> None:
    settings = read(RIME_API_KEY="k", CARTESIA_API_KEY="k")
    assert settings.tts_order == ("cartesia", "local")
    assert settings.premium_tts_order == ("rime", "cartesia", "local")


def test_a_named_order_is_kept_and_may_leave_local_out(read: Read) -> None:
    settings = read(
        CARTESIA_API_KEY="k",
        ELEVEN_API_KEY="k",
        MEDIA_AGENT_TTS="cartesia, elevenlabs",
        MEDIA_AGENT_STT="local",
        DEEPGRAM_API_KEY="k",
    )
    assert settings.tts_order == ("cartesia", "elevenlabs")
    assert settings.stt_order == ("local",)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("MEDIA_AGENT_STT", "deepgram,local", "MEDIA_AGENT_STT: .*DEEPGRAM_API_KEY"),
        ("MEDIA_AGENT_TTS", "elevenlabs", "MEDIA_AGENT_TTS: .*ELEVEN_API_KEY"),
        ("MEDIA_AGENT_PREMIUM_VOICE", "rime", "MEDIA_AGENT_PREMIUM_VOICE: .*RIME_API_KEY"),
        ("MEDIA_AGENT_STT", "whisper", "MEDIA_AGENT_STT: .*none of deepgram, local"),
        ("MEDIA_AGENT_TTS", "local,local", "MEDIA_AGENT_TTS: .*twice"),
    ],
)
def test_what_cannot_be_had_is_said_at_the_start(
    read: Read, variable: str, value: str, says: str
) -> None:
    with pytest.raises(InvalidSettingsError, match=says):
        read(**{variable: value})


def test_a_key_is_never_shown(read: Read) -> None:
    assert "s3cret" not in repr(read(DEEPGRAM_API_KEY="s3cret"))
