"""The embedded livekit-server, and the people that tests put into its rooms."""

import asyncio
import socket
import time

import numpy as np
import psutil
import pytest
from livekit import rtc

from cli.bench.meeting.participant import Participant, in_room
from support.eventually import eventually
from support.livekit.server import PrivateLiveKit
from support.media.screens import Page, draw_page
from support.media.sounds import spoken, words_in


def test_it_listens_on_this_machine_alone(livekit: PrivateLiveKit) -> None:
    port = int(livekit.url.rpartition(":")[2])
    [server] = [
        one
        for one in psutil.Process().children()
        if any(held.laddr[1] == port for held in one.net_connections("tcp"))
    ]
    held = server.net_connections("inet")
    assert {one.laddr[0] for one in held} == {"127.0.0.1"}
    assert {one.type for one in held} >= {socket.SOCK_STREAM, socket.SOCK_DGRAM}


async def test_a_strangers_token_opens_nothing(livekit: PrivateLiveKit) -> None:
    theirs = livekit.token("room", "mallory")[:-4] + "AAAA"
    with pytest.raises(rtc.ConnectError):
        async with in_room(livekit.url, theirs):
            pass


async def test_what_an_agent_says_is_heard_word_for_word(livekit: PrivateLiveKit) -> None:
    sentence = "The harbour office opens at eight in the morning."
    speech = await spoken(sentence)
    async with (
        in_room(livekit.url, livekit.token("heard", "ann")) as ann,
        in_room(livekit.url, livekit.token("heard", "agent", agent=True)) as agent,
    ):
        await eventually(lambda: ann.agents, equals=["agent"], timeout_s=10)
        began = time.monotonic()
        await agent.say(speech)
        await eventually(
            lambda: ann.loud_times(since=began) and ann.quiet_for() > 0.5, timeout_s=10
        )
        heard = await words_in(ann.heard(since=began))
    assert "opens at 8 in the morning" in heard.replace("eight", "8")


async def test_chat_goes_both_ways_as_it_is_written(livekit: PrivateLiveKit) -> None:
    async with (
        in_room(livekit.url, livekit.token("chat", "ann")) as ann,
        in_room(livekit.url, livekit.token("chat", "ben")) as ben,
    ):
        await eventually(lambda: "ben" in ann.room.remote_participants, timeout_s=10)
        await ann.write("Is anybody here?")
        await eventually(
            lambda: [(one.sender, one.text) for one in ben.chat() if one.done],
            equals=[("ann", "Is anybody here?")],
            timeout_s=10,
        )


async def test_a_shared_screen_arrives_readable(livekit: PrivateLiveKit) -> None:
    picture = draw_page(Page(dialog=True))
    async with (
        in_room(livekit.url, livekit.token("screen", "ann")) as ann,
        in_room(livekit.url, livekit.token("screen", "ben")) as ben,
    ):
        await ann.share(lambda _: picture, fps=5)
        track = await eventually(lambda: screen_of(ben), timeout_s=10)
        assert track is not None
        stream = rtc.VideoStream(track, capacity=1)
        async with asyncio.timeout(20):
            async for event in stream:
                seen = event.frame.convert(rtc.VideoBufferType.RGB24)
                got = np.frombuffer(seen.data, np.uint8).reshape(seen.height, seen.width, 3)
                away = np.abs(got.astype(int) - picture).mean()
                if got.shape == picture.shape and away < 12:
                    break
        await stream.aclose()


def screen_of(person: Participant) -> rtc.Track | None:
    """The first screen share that has arrived."""
    for other in person.room.remote_participants.values():
        for one in other.track_publications.values():
            if one.source == rtc.TrackSource.SOURCE_SCREENSHARE and one.track is not None:
                return one.track
    return None


async def test_after_a_crash_it_answers_at_its_address_and_people_come_back(
    livekit: PrivateLiveKit,
) -> None:
    async with (
        in_room(livekit.url, livekit.token("crash", "ann")) as ann,
        in_room(livekit.url, livekit.token("crash", "ben")) as ben,
    ):
        await eventually(lambda: "ben" in ann.room.remote_participants, timeout_s=10)
        livekit.kill()
        livekit.start_again()
        connected = rtc.ConnectionState.CONN_CONNECTED
        await eventually(
            lambda: (ann.room.connection_state, ben.room.connection_state),
            equals=(connected, connected),
            timeout_s=40,
        )
        await eventually(lambda: "ben" in ann.room.remote_participants, timeout_s=10)
