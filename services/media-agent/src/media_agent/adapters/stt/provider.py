"""One provider of speech-to-text, by its plugin for LiveKit's framework."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from livekit.agents import APIConnectOptions, LanguageCode, stt
from numpy.typing import NDArray

from media_agent.adapters.stt.audio import frame_of

LANGUAGE: Final = LanguageCode("en")


@dataclass(frozen=True)
class SttProvider:
    """A provider. Called once: whoever fails is followed by the next in order.

    Attributes:
        name: as in the settings.
        model: as it is priced.
        plugin: of the framework.
        connect_timeout_s: of the connection.
        batch_timeout_s: of one whole utterance, where it is not streamed.
    """

    name: str
    model: str
    plugin: stt.STT[Any]
    connect_timeout_s: float
    batch_timeout_s: float = 10.0

    @property
    def streams(self) -> bool:
        return self.plugin.capabilities.streaming

    def open_stream(self) -> stt.RecognizeStream:
        return self.plugin.stream(conn_options=self._connect_options)

    async def recognize(self, samples: NDArray[np.int16]) -> str:
        """Text of one utterance; "" when there are no words. Raises what the plugin raises."""
        async with asyncio.timeout(self.batch_timeout_s):
            event = await self.plugin.recognize(
                frame_of(samples), conn_options=self._connect_options
            )
        return event.alternatives[0].text.strip() if event.alternatives else ""

    @property
    def _connect_options(self) -> APIConnectOptions:
        return APIConnectOptions(max_retry=0, timeout=self.connect_timeout_s)
