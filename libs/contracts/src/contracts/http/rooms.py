"""Live meetings: rooms, who joins them, and what a guest's own little API answers."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from contracts.fact import Model
from contracts.http.values import NO_NUL
from contracts.ids import SessionId
from contracts.rooms import ROOM_SLUG_PATTERN

PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
"""What a person is called in a meeting, by people and by Parley."""

RoomSlug = Annotated[str, StringConstraints(pattern=ROOM_SLUG_PATTERN)]


class RoomBody(Model):
    """Open a room. With `session_id` an open session becomes a meeting, its history with it."""

    title: str = Field(
        default="", max_length=200, pattern=NO_NUL, description="Of a new session; else unread."
    )
    session_id: SessionId | None = Field(default=None, description="None opens a new session.")
    max_participants: int = Field(default=20, ge=1, le=500, description="People; Parley is none.")


class RoomState(Model):
    """A room: one session's live meeting."""

    room: RoomSlug
    session_id: SessionId
    title: str
    max_participants: int
    created_at: AwareDatetime
    people: int = Field(ge=0, description="In the room, Parley not counted.")
    join_url: str | None = Field(
        description="For people: opens the meeting page, for a week from now while "
        "this key is in force. "
        "None for a key that may only read."
    )


class Rooms(Model):
    """A tenant's rooms, newest first."""

    rooms: tuple[RoomState, ...]
    next: RoomSlug | None = Field(description="`before` of the next page; None on the last.")


class JoinBody(Model):
    """Let a person into a room."""

    name: PersonName
    consent: bool = Field(
        default=False, description="The person agrees to be heard and seen by Parley."
    )


class JoinTicket(Model):
    """What a LiveKit client connects with."""

    livekit_url: str
    token: str = Field(
        description="Of LiveKit, for this room only; valid for ten minutes, and refreshed by "
        "LiveKit itself while connected."
    )
    identity: str = Field(description="The person's, in the room.")
    room: RoomSlug
    session_id: SessionId
    title: str
    opened_at: AwareDatetime = Field(description="Of the session: zero of every `_ms` in it.")
    camera: bool = Field(description="The tenant lets people show themselves.")


class Invite(Model):
    """What stands behind `#invite=` in a room's `join_url`."""

    invite: str = Field(min_length=1, max_length=2_000)


class MeetDoor(Model):
    """What a person is told before joining."""

    title: str
    consent_needed: bool = Field(description="Who joins must send `consent`.")
    camera: bool
    vision: bool = Field(description="Parley looks at shared screens.")


class MeetJoin(JoinBody):
    """Join as a guest. The answer sets a cookie that opens `/v1/meet/` for this session alone."""

    invite: str = Field(min_length=1, max_length=2_000)
