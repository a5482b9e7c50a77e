"""What the speech of one live meeting costs."""

from collections.abc import Callable
from itertools import count

from media_agent.adapters.stt.metered_stt import MeteredStt
from media_agent.adapters.stt.provider import SttProvider
from media_agent.adapters.tts.metered_tts import MeteredTts
from media_agent.adapters.tts.provider import TtsProvider
from spending import UsageRecorder


class LiveSpeechMeter:
    """Makes providers metered, for one meeting."""

    def __init__(self, usage: UsageRecorder, now_ms: Callable[[], int]) -> None:
        """Bind.

        Args:
            usage: of the meeting; it has to be running as long as the providers are used.
            now_ms: since the start of the session.
        """
        self._usage, self._now_ms, self._sentences = usage, now_ms, count()

    def stt(self, provider: SttProvider) -> MeteredStt:
        return MeteredStt(provider, self._usage, self._now_ms)

    def tts(self, provider: TtsProvider) -> MeteredTts:
        return MeteredTts(provider, self._usage, self._now_ms, self._sentences)
