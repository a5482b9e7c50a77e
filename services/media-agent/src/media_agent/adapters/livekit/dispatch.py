"""What the gateway says about the room of a job."""

from pydantic import ValidationError

from contracts.errors import RejectedError
from contracts.rooms import Dispatch, parse_room_name
from runtime.auth import read_signed


def read_dispatch(metadata: str, room: str, *, secret: str) -> Dispatch:
    """What the gateway says about the room of a job.

    Raises:
        RejectedError: the gateway did not say it, or not about this room. Anybody who may ask
            LiveKit for a dispatch can write metadata, and room names can be guessed.
    """
    try:
        dispatch = Dispatch.model_validate_json(
            read_signed(metadata, purpose="dispatch", secret=secret)
        )
    except (ValidationError, ValueError) as error:
        raise RejectedError("the dispatch cannot be read", code="bad_dispatch") from error
    named = parse_room_name(room)
    if dispatch.room != room or named is None or named.tenant_id != dispatch.tenant_id:
        raise RejectedError("the dispatch is for another room", code="other_room")
    return dispatch
