"""What the benchmark of the voice takes for waiting is what the media agent really waits."""

from cli.bench.voice import DECIDED_AFTER_MS, PAUSE_MS
from media_agent.adapters.livekit.participant_listener import MIN_PAUSE_S
from media_agent.adapters.stt.vad_relay import PAUSE_S


def test_its_pauses_are_those_of_the_media_agent() -> None:
    assert (PAUSE_MS, DECIDED_AFTER_MS) == (PAUSE_S * 1000, MIN_PAUSE_S * 1000)
