"""Asks providers for the words of a whole utterance: none streams, or what one heard is lost."""

import asyncio

import numpy as np
from livekit.agents import APIConnectOptions, APIError
from numpy.typing import NDArray

from media_agent.adapters.stt_session import Hearing, SttProvider, frame_of, length_of, pieces
from spending import LOCAL, Quantity


async def recognise(
    hearing: Hearing, person: str, samples: NDArray[np.int16], *, but: str | None
) -> str | None:
    """Words of the first provider that answers. None: nobody did.

    Args:
        hearing: the meeting's.
        person: identity, part of what the usage is told apart by.
        samples: mono, at SAMPLE_RATE_HZ, of any length.
        but: name of who is not asked.
    """
    for name in hearing.order.candidates(hearing.now_s()):
        if name == but:
            continue
        provider = hearing.providers[name]
        try:
            texts = [await _ask(hearing, person, provider, piece) for piece in pieces(samples)]
        except Exception as error:  # noqa: BLE001 - plugins raise what they like
            hearing.failed(name, type(error).__name__)
        else:
            hearing.worked(name)
            return " ".join(text for text in texts if text)
    return None


async def _ask(
    hearing: Hearing, person: str, provider: SttProvider, samples: NDArray[np.int16]
) -> str:
    usage, length = hearing.usage, length_of(samples)
    part = f"{person}/{provider.name}/{hearing.now_ms()}"
    if provider.model.provider == LOCAL:
        text = await _words(hearing, provider, samples)
        usage.free("stt", provider.model.name, length, part=part)
        return text
    held, used = await usage.hold("stt", provider.model, length, part=part), length
    try:
        return await _words(hearing, provider, samples)
    except APIError:
        used = Quantity.seconds(0)  # it said no, and takes nothing for that
        raise
    finally:
        usage.settle(held, used)


async def _words(hearing: Hearing, provider: SttProvider, samples: NDArray[np.int16]) -> str:
    async with asyncio.timeout(provider.timeout_s):
        event = await provider.plugin.recognize(frame_of(samples), conn_options=connecting(hearing))
    return event.alternatives[0].text.strip() if event.alternatives else ""


def connecting(hearing: Hearing) -> APIConnectOptions:
    """How a provider is called: once, for whoever fails is followed by the next in order."""
    return APIConnectOptions(max_retry=0, timeout=hearing.timeouts.connect)
