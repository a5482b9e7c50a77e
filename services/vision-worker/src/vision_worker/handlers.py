import logging
from collections.abc import Sequence
from typing import Final

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.ids import EventId, SessionId
from contracts.media import FrameKept
from contracts.vision import FrameDescribed, ScreenLine
from runtime.bus import Delivery, GivenUp
from runtime.ids import derive_id
from runtime.telemetry import metrics
from spending import LOCAL, Call, Model, Quantity, Spending
from vision_worker.domain.describing import announce, describe, give_up
from vision_worker.ports import Eyes, Feed, Pictures

log = logging.getLogger(__name__)

OCR: Final = Model(LOCAL, "pp-ocrv6-small")


async def on_frame_kept(
    event: Envelope[FrameKept],
    delivery: Delivery,
    *,
    pictures: Pictures,
    eyes: Eyes,
    spending: Spending,
) -> Sequence[Fact]:
    """Read the frame; fact and feed entry are one step."""
    picture = await pictures.get(event.data.picture.key)
    if picture is None:
        described = give_up(event.data)
    else:
        described = describe(event.data, await _read(event, picture.data, eyes, spending))
    _count(described)
    await delivery.state(described, feed=[announce(described, delivery.id_of(described))])
    return ()


async def on_frame_expired(
    event: Envelope[FrameKept], *, pictures: Pictures, feed: Feed
) -> Sequence[Fact] | None:
    """Shed a stale frame, unless a turn asks about it: then it is read after all (None)."""
    if await pictures.is_named(event.data.picture.key):
        return None
    described = give_up(event.data)
    _count(described)
    # Of its own: no fact is stated, so that a turn which names the frame a moment too late waits
    # for nothing that would contradict this.
    shed_id = EventId(derive_id(event.id, "vision-worker", "shed", described.key))
    await feed.write(_session(event), announce(described, shed_id))
    return ()


async def on_frame_given_up(
    event: Envelope[FrameKept], reason: GivenUp, *, feed: Feed
) -> Sequence[Fact]:
    """A dead letter is never silence: whoever waits for this frame hears that nothing comes."""
    log.warning("frame.given_up", extra={"event_id": str(event.id), "reason": reason.value})
    described = give_up(event.data)
    _count(described)
    given_up_id = EventId(derive_id(event.id, "vision-worker", "given_up", described.key))
    await feed.write(_session(event), announce(described, given_up_id))
    return (described,)


async def _read(
    event: Envelope[FrameKept], jpeg: bytes, eyes: Eyes, spending: Spending
) -> tuple[ScreenLine, ...]:
    image = await eyes.open(jpeg, event.data)
    call = Call(event, event.data.key, "ocr", OCR, Quantity.images())
    async with spending.call(call) as held:
        lines = await eyes.read(image)
        await held.settle(Quantity.images())
    return lines


def _session(event: Envelope[FrameKept]) -> SessionId:
    if event.session_id is None:
        raise RejectedError("a kept frame belongs to a session", code="no_session")
    return event.session_id


def _count(described: FrameDescribed) -> None:
    metrics.add("frames_total", outcome="shed" if described.picture is None else "described")
