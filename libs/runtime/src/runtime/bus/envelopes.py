"""How a fact stands in its stream: its envelope as JSON, its key, and the id of what follows."""

from datetime import datetime
from functools import cache
from typing import Any, cast

from contracts.fact import Envelope, Fact
from contracts.ids import EventId
from contracts.streams import BY_TYPE, shard_of, stream_key, stream_of
from runtime.ids import derive_id
from runtime.telemetry import current_traceparent

BODY = b"__data__"
"""FastStream's field: plain JSON in it is what its parsers read too."""
ONLY_FOR = b"only"
"""Field of an entry that was sent again: the one group it is meant for."""


@cache
def envelope_class(fact: type[Fact]) -> type[Envelope[Any]]:
    """`Envelope[fact]`, built once: pydantic compiles a validator for it."""
    return Envelope[fact]


def parse_envelope(event_type: str, body: bytes) -> Envelope[Any]:
    """The envelope of a stream's entry.

    Raises:
        ValueError: it is none, or one of another type.
    """
    envelope = envelope_class(BY_TYPE[event_type].fact).model_validate_json(body)
    if envelope.type != event_type:
        raise ValueError("the envelope's type is not the stream's")
    return envelope


def to_body(envelope: Envelope[Any]) -> bytes:
    """JSON; every field of the fact, whatever the envelope's static parameter says."""
    return envelope.model_dump_json(serialize_as_any=True).encode()


def fact_stream(envelope: Envelope[Any], shards: int) -> str:
    """Key of the stream the envelope belongs to.

    Raises:
        KeyError: its fact is not in the catalogue.
    """
    name = stream_of(cast("type[Fact]", type(envelope.data))).name
    return stream_key(name, shard_of(envelope.ordering_key, shards))


def following_id(cause: Envelope[Any], fact: Fact, *, service: str) -> EventId:
    """The id that `fact` gets when `service` states it because of `cause`, every time."""
    return EventId(derive_id(cause.id, service, fact.event_type, fact.key))


def following(cause: Envelope[Any], fact: Fact, *, service: str, now: datetime) -> Envelope[Any]:
    """The fact in its envelope; tenant, session and turn as the cause has them."""
    return envelope_class(type(fact))(
        id=following_id(cause, fact, service=service),
        type=fact.event_type,
        tenant_id=cause.tenant_id,
        session_id=cause.session_id,
        # A turn that begins here is named by its fact, not by the cause.
        turn_id=fact.turn or cause.turn_id,
        occurred_at=now,
        cause_id=cause.id,
        traceparent=current_traceparent() or cause.traceparent,
        data=fact,
    )
