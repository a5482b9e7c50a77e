"""New ids for first causes, derived ids for everything that follows from them."""

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """UUIDv7 (RFC 9562): sorts by time of making."""
    return uuid7()


def derive_id(cause: UUID, *parts: str) -> UUID:
    """The same cause and parts give the same id, so what is stated twice is one fact.

    Args:
        cause: id of what this follows from.
        parts: service, type, and a key made from content; never a running count.
    """
    return uuid5(cause, "/".join(parts))
