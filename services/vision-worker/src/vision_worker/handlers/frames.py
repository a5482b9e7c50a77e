import logging
from collections.abc import Callable, Sequence

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.ids import EventId, SessionId
from contracts.media import FrameKept
from contracts.vision import FrameDescribed, ScreenCell, ScreenStructure
from runtime.bus import Delivery, GivenUp
from runtime.ids import derive_id
from runtime.telemetry import metrics
from vision_worker.domain.descriptions import describe, feed_entry, give_up
from vision_worker.domain.layout.structure import structure_of
from vision_worker.domain.reading import Reading
from vision_worker.handlers.captioning import Captioning, ReadFrame
from vision_worker.ports import Feed, Ocr, Pictures

log = logging.getLogger(__name__)


Arrange = Callable[[Sequence[ScreenCell], tuple[int, int]], ScreenStructure]


async def on_frame_kept(
    event: Envelope[FrameKept],
    delivery: Delivery,
    *,
    pictures: Pictures,
    ocr: Ocr,
    captioning: Captioning | None = None,
    arrange: Arrange = structure_of,
) -> Sequence[Fact]:
    """Read the frame, have it described where the tenant wishes; fact and feed entry are one step.

    While a provider describes it, other frames are read.
    """
    picture = await pictures.get(event.data.picture.key)
    if picture is None:
        await _state(give_up(event.data), delivery)
        return ()
    reading = await ocr.read(event, picture.data)
    structure = _structure(event, reading, arrange)
    frame = ReadFrame(event, picture, reading)
    if captioning is None or not await captioning.wants(frame):
        await _state(describe(event.data, reading, structure), delivery)
        return ()
    async with delivery.waiting():
        caption = await captioning.caption(frame)
        # In here: it does not wait for a slot, which another frame's reading may hold.
        await _state(describe(event.data, reading, structure, caption), delivery)
    return ()


async def on_frame_expired(
    event: Envelope[FrameKept], *, pictures: Pictures, feed: Feed
) -> Sequence[Fact] | None:
    """Shed a stale frame, unless a turn asks about it: then it is read after all (None)."""
    if await pictures.is_named(event.data.picture.key):
        return None
    described = give_up(event.data)
    _count(described)
    # An id of the entry alone. No fact is stated: if a turn names the frame a moment too late, none
    # contradicts what it waits for.
    shed_id = EventId(derive_id(event.id, "vision-worker", "shed", described.key))
    await feed.write(_session(event), feed_entry(described, shed_id))
    return ()


async def on_frame_given_up(
    event: Envelope[FrameKept], reason: GivenUp, *, feed: Feed
) -> Sequence[Fact]:
    """A dead letter is never silence: whoever waits for this frame hears that nothing comes."""
    log.warning("frame.given_up", extra={"event_id": str(event.id), "reason": reason.value})
    described = give_up(event.data)
    _count(described)
    given_up_id = EventId(derive_id(event.id, "vision-worker", "given_up", described.key))
    await feed.write(_session(event), feed_entry(described, given_up_id))
    return (described,)


def _structure(
    event: Envelope[FrameKept], reading: Reading, arrange: Arrange
) -> ScreenStructure | None:
    """None where a bug keeps it from being made: the lines are worth stating without it."""
    try:
        return arrange(reading.cells, (event.data.width, event.data.height))
    except Exception:
        log.exception("frame.unstructured", extra={"event_id": str(event.id)})
        return None


async def _state(described: FrameDescribed, delivery: Delivery) -> None:
    _count(described)
    await delivery.state(described, feed=[feed_entry(described, delivery.id_of(described))])


def _session(event: Envelope[FrameKept]) -> SessionId:
    if event.session_id is None:
        raise RejectedError("a kept frame belongs to a session", code="no_session")
    return event.session_id


def _count(described: FrameDescribed) -> None:
    metrics.add("frames_total", outcome="shed" if described.picture is None else "described")
