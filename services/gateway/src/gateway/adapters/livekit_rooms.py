"""LiveKit's server API. Its types and its errors stop here."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final, Self

import aiohttp
from livekit import api

from contracts.errors import RejectedError, UnavailableError
from contracts.rooms import AGENT_NAME
from gateway.domain.rooms import Participant, Person, RoomEvent, RoomRow

ANSWER_TIMEOUT_S: Final = 3.0
TOKEN_LIFETIME: Final = timedelta(minutes=10)
"""To connect with; whoever is connected gets new ones from LiveKit itself."""
EMPTY_TIMEOUT_S: Final = 300
"""A room that nobody came to ends after so long."""
DEPARTURE_TIMEOUT_S: Final = 20
"""A room that everybody left, the agent not counted, ends after so long; it is made anew."""
OUR_KEY_REFUSED: Final = ("unauthenticated", "permission_denied")


class LiveKitRooms:
    """`async with` it: the connections belong to the running loop."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._key = key
        self._secret = secret
        self._tokens = api.TokenVerifier(key, secret)
        self._webhooks = api.WebhookReceiver(self._tokens)
        self._opened: api.LiveKitAPI | None = None

    async def __aenter__(self) -> Self:
        self._opened = api.LiveKitAPI(
            self._url,
            self._key,
            self._secret,
            timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S),
            failover=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.aclose()

    async def ensure(self, room: RoomRow) -> None:
        async with self._server() as server:
            await server.room.create_room(
                api.CreateRoomRequest(
                    name=room.name,
                    empty_timeout=EMPTY_TIMEOUT_S,
                    departure_timeout=DEPARTURE_TIMEOUT_S,
                    max_participants=room.max_participants,
                )
            )

    async def people(self, names: Sequence[str] | None = None) -> Mapping[str, int]:
        if names is not None and not names:
            return {}  # LiveKit takes none for all
        async with self._server() as server:
            listed = await server.room.list_rooms(api.ListRoomsRequest(names=names))
        return {room.name: room.num_participants for room in listed.rooms}

    async def participants(self, name: str) -> Sequence[Participant]:
        async with self._server() as server:
            request = api.ListParticipantsRequest(room=name)
            listed = (await server.room.list_participants(request)).participants
            agent, person = api.ParticipantInfo.Kind.AGENT, api.ParticipantInfo.Kind.STANDARD
            return [
                Participant(one.identity, one.kind == agent, one.joined_at_ms)
                for one in listed
                if one.kind in {agent, person}
            ]
        return []

    async def dispatch_agent(self, name: str, metadata: str) -> None:
        async with self._server() as server:
            await server.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(agent_name=AGENT_NAME, room=name, metadata=metadata)
            )

    async def remove(self, name: str, identity: str) -> None:
        async with self._server() as server:
            await server.room.remove_participant(
                api.RoomParticipantIdentity(room=name, identity=identity)
            )

    async def end(self, name: str) -> None:
        async with self._server() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=name))

    def token(self, room: RoomRow, person: Person, *, camera: bool) -> str:
        sources = ["microphone", "screen_share", "screen_share_audio"]
        grants = api.VideoGrants(
            room_join=True,
            room=room.name,
            can_publish_sources=[*sources, "camera"] if camera else sources,
            can_publish_data=True,
            can_update_own_metadata=False,
        )
        # Counts when the join makes the room: LiveKit was started anew, or everybody had left.
        config = api.RoomConfiguration(
            name=room.name,
            empty_timeout=EMPTY_TIMEOUT_S,
            departure_timeout=DEPARTURE_TIMEOUT_S,
            max_participants=room.max_participants,
        )
        token = api.AccessToken(self._key, self._secret).with_identity(person.identity)
        token = token.with_name(person.name).with_ttl(TOKEN_LIFETIME)
        return token.with_grants(grants).with_room_config(config).to_jwt()

    def require_signature(self, signature: str) -> None:
        with _unsigned_rejected():
            claims = self._tokens.verify(signature)
            if not claims.sha256:  # a person's token is of the same key, and signs no body
                raise ValueError("the token signs no body")

    def event_of(self, body: bytes, signature: str) -> RoomEvent:
        with _unsigned_rejected():
            event = self._webhooks.receive(body.decode(), signature)
        return RoomEvent(
            event_id=event.id,
            kind=event.event,
            room=event.room.name,
            by_person=event.participant.kind == api.ParticipantInfo.Kind.STANDARD,
        )

    @asynccontextmanager
    async def _server(self) -> AsyncGenerator[api.LiveKitAPI]:
        if self._opened is None:
            raise RuntimeError("use the rooms inside `async with`")
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                yield self._opened
        except api.TwirpError as error:
            if error.code == "not_found":
                return  # whoever was to go is gone
            if error.code in OUR_KEY_REFUSED:
                raise UnavailableError(
                    "LiveKit does not take our key; check LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
                    code="livekit_refused",
                ) from error
            raise _away() from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _away() from error


@contextmanager
def _unsigned_rejected() -> Generator[None]:
    try:
        yield
    except Exception as error:  # the SDK raises Exception itself
        raise RejectedError("LiveKit did not sign this.", code="unauthorized") from error


def _away() -> UnavailableError:
    return UnavailableError(
        "LiveKit does not answer; is the server at LIVEKIT_URL running?", code="livekit_down"
    )
