"""A long list, page by page."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

KeyT = TypeVar("KeyT", bound=UUID)
ItemT = TypeVar("ItemT")


class Page(NamedTuple, Generic[KeyT, ItemT]):
    """Some of a list. `next` is the last one's key where there are more."""

    items: tuple[ItemT, ...]
    next: KeyT | None


def page_of(
    rows: Sequence[tuple[KeyT, ItemT]], *, limit: int, after: KeyT | None
) -> Page[KeyT, ItemT]:
    """At most `limit` of the rows that come after a key; none when the key is not among them."""
    begin = 0
    if after is not None:
        found = (place for place, (key, _) in enumerate(rows) if key == after)
        begin = next(found, len(rows)) + 1
    shown = rows[begin : begin + limit]
    has_more = begin + limit < len(rows)
    return Page(tuple(item for _, item in shown), shown[-1][0] if has_more else None)
