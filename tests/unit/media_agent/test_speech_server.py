"""The machine's speech process: a unix socket, a line, and clear refusals."""

import asyncio
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.errors import RejectedError, UnavailableError
from media_agent.adapters.livekit.job_processes import speech_socket
from media_agent.adapters.speech_process.client import SpeechClient
from media_agent.adapters.speech_process.server import (
    MAX_SOUND_BYTES,
    SpeechServer,
)
from media_agent.adapters.speech_process.socket_folder import SpeechSocketError
from support.eventually import eventually


class SlowSpeechToText:
    """Says how many samples it heard, once it is let."""

    model = "slow"

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.hearing = 0
        self.was_live: list[bool] = []

    async def transcribe(self, samples: NDArray[np.int16], *, live: bool) -> str:
        self.was_live.append(live)
        self.hearing += 1
        try:
            await self.open.wait()
        finally:
            self.hearing -= 1
        return f"{len(samples)} samples, first {samples[0]}"


class Beeps:
    """As many samples as the text has letters."""

    model = "beeps"
    sample_rate_hz = 24_000

    async def speak(self, text: str, *, live: bool) -> NDArray[np.int16]:
        assert live
        if text == "too much":
            raise TimeoutError
        return np.arange(len(text), dtype=np.int16)


class Certain:
    """A turn detector: loud beginnings are unfinished."""

    async def probability(self, samples: NDArray[np.int16]) -> float:
        return 0.1 if samples[0] > 0 else 0.9


@pytest.fixture
def socket_path() -> Iterator[Path]:
    # Not pytest's own folder, whose path may be longer than a socket's may be.
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder:
        yield Path(folder) / "d" / "s"


@asynccontextmanager
async def served(
    path: Path, speech_to_text: SlowSpeechToText, *, in_line: int = 16
) -> AsyncGenerator[SpeechClient]:
    async with (
        SpeechServer(speech_to_text, Beeps(), Certain(), path=path, in_line=in_line),
        SpeechClient(path) as client,
    ):
        yield client


async def test_a_job_is_told_whether_somebody_has_finished(socket_path: Path) -> None:
    async with served(socket_path, SlowSpeechToText()) as client:
        ask = client.turn_detector.probability
        answers = [await ask(np.array([first, 2], np.int16)) for first in (-1, 1)]
    assert answers == [0.9, 0.1]


async def test_a_job_hears_and_speaks_with_models_it_does_not_hold(socket_path: Path) -> None:
    async with served(socket_path, speech_to_text := SlowSpeechToText()) as client:
        heard = await client.speech_to_text.transcribe(np.array([-7, 2, 3], np.int16))
        spoken = await client.text_to_speech.speak("Guten Tag")
    assert heard == "3 samples, first -7"
    assert spoken.tolist() == list(range(9))
    assert (client.speech_to_text.model, client.text_to_speech.model) == ("slow", "beeps")
    assert client.text_to_speech.sample_rate_hz == 24_000
    assert speech_to_text.was_live == [True]


async def test_the_folder_is_this_users_alone_and_goes_with_the_server(socket_path: Path) -> None:
    async with served(socket_path, SlowSpeechToText()):
        assert stat.S_IMODE(socket_path.parent.stat().st_mode) == 0o700
    assert not socket_path.parent.exists()


@pytest.fixture
def left_behind(socket_path: Path) -> Path:
    socket_path.parent.mkdir(mode=0o700)
    socket_path.touch()
    return socket_path


async def test_what_a_dead_process_left_is_used_again(left_behind: Path) -> None:
    socket_path = left_behind
    async with served(socket_path, SlowSpeechToText()) as client:
        assert await client.speech_to_text.transcribe(np.zeros(1, np.int16)) == "1 samples, first 0"


@pytest.fixture
def dead() -> int:
    """Id of a process that was, and is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(10)
    return process.pid


async def test_what_killed_processes_left_is_removed_and_nothing_of_the_living(
    socket_path: Path, dead: int
) -> None:
    place = socket_path.parent.parent
    gone, starting, elsewhere, others = (
        place / f"parley-speech-{name}" for name in (dead, os.getpid(), f"0{dead}", f"00{dead}")
    )
    for folder in (gone, starting, elsewhere, others):
        folder.mkdir(mode=0o700)
    others.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(gone / "s"))
    with socket.socket(socket.AF_UNIX) as lives:  # of a container, where other ids count
        lives.bind(str(elsewhere / "s"))
        lives.listen()
        async with served(socket_path, SlowSpeechToText()):
            left = sorted(place.glob("parley-speech-*"))
    assert left == sorted([starting, elsewhere, others])


async def test_a_folder_that_others_may_enter_is_refused(socket_path: Path) -> None:
    socket_path.parent.mkdir()
    socket_path.parent.chmod(0o755)
    with pytest.raises(SpeechSocketError, match="belongs to somebody else"):
        async with SpeechServer(SlowSpeechToText(), Beeps(), Certain(), path=socket_path):
            pass


async def test_a_path_too_long_for_a_socket_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpeechSocketError, match="TMPDIR"):
        async with SpeechServer(
            SlowSpeechToText(), Beeps(), Certain(), path=tmp_path / ("x" * 100) / "s"
        ):
            pass


def test_every_process_has_a_path_of_its_own_short_enough() -> None:
    path = speech_socket()
    assert str(os.getpid()) in path.parent.name
    assert path == speech_socket()


async def test_who_finds_the_line_full_is_told_at_once(socket_path: Path) -> None:
    speech_to_text = SlowSpeechToText()
    speech_to_text.open.clear()
    async with (
        served(socket_path, speech_to_text, in_line=2) as client,
        asyncio.TaskGroup() as tasks,
    ):
        waiting = [
            tasks.create_task(client.speech_to_text.transcribe(np.zeros(n, np.int16)))
            for n in (1, 2)
        ]
        await eventually(lambda: speech_to_text.hearing, equals=2)
        with pytest.raises(UnavailableError, match="too many in line"):
            await client.speech_to_text.transcribe(np.zeros(3, np.int16))
        # The other model has a line of its own.
        assert len(await client.text_to_speech.speak("still here")) == 10
        speech_to_text.open.set()
    assert [task.result() for task in waiting] == ["1 samples, first 0", "2 samples, first 0"]


async def test_a_job_that_gives_up_leaves_the_line(socket_path: Path) -> None:
    speech_to_text = SlowSpeechToText()
    speech_to_text.open.clear()
    async with served(socket_path, speech_to_text, in_line=1) as client:
        async with asyncio.TaskGroup() as tasks:
            gone = tasks.create_task(client.speech_to_text.transcribe(np.zeros(1, np.int16)))
            await eventually(lambda: speech_to_text.hearing, equals=1)
            gone.cancel()
        await eventually(lambda: speech_to_text.hearing, equals=0)
        speech_to_text.open.set()
        assert await client.speech_to_text.transcribe(np.zeros(2, np.int16)) == "2 samples, first 0"


async def test_a_body_beyond_the_bound_is_refused(socket_path: Path) -> None:
    async with served(socket_path, SlowSpeechToText()) as client:
        with pytest.raises(RejectedError):
            await client.speech_to_text.transcribe(np.zeros(MAX_SOUND_BYTES // 2 + 1, np.int16))
        with pytest.raises(RejectedError):
            await client.text_to_speech.speak("x" * 2_001)
        assert len(await client.text_to_speech.speak("x" * 2_000)) == 2_000


async def test_half_a_sample_is_refused(socket_path: Path) -> None:
    connector = aiohttp.UnixConnector(str(socket_path))
    async with (
        served(socket_path, SlowSpeechToText()),
        aiohttp.ClientSession("http://speech", connector=connector) as http,
        http.post("/hear", data=b"abc") as answer,
    ):
        assert answer.status == 400


async def test_a_model_that_takes_too_long_is_a_time_out_for_the_job(socket_path: Path) -> None:
    async with served(socket_path, SlowSpeechToText()) as client:
        with pytest.raises(TimeoutError):
            await client.text_to_speech.speak("too much")


async def test_a_speech_process_that_is_gone_is_unavailable(socket_path: Path) -> None:
    async with SpeechServer(SlowSpeechToText(), Beeps(), Certain(), path=socket_path) as server:
        async with SpeechClient(socket_path) as client:
            await server.__aexit__(None, None, None)
            with pytest.raises(UnavailableError):
                await client.text_to_speech.speak("hello?")
        with pytest.raises(UnavailableError):
            await SpeechClient(socket_path).__aenter__()
