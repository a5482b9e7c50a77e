"""The embedded cluster: used by other commands, kept alive, and gone when it is told or killed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cli.command_line.errors import Exit
from cli.command_line.options import DEFAULT_TENANT
from cli.provisioning.services import SERVICES
from support.page_address import addresses_in, tenant_let_in
from support.servers import private_data_dir

pytestmark = pytest.mark.storm

READY_TIMEOUT_S = 150
GONE_TIMEOUT_S = 10
KILLS = 8


@dataclass
class Up:
    """A running `parley up`."""

    process: subprocess.Popen[str]
    data_dir: Path
    said: dict[str, Any]

    @property
    def url(self) -> str:
        return self.said["url"]

    @property
    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, service: str) -> psutil.Process | None:
        """The process that runs a service now."""
        module = service.replace("-", "_")
        for one in self.children:
            with suppress(psutil.Error):  # it is just ending
                if one.cmdline()[-2:] == ["-m", module]:
                    return one
        return None


def parley(*words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@contextmanager
def parley_up(data_dir: Path) -> Generator[Up]:
    words = ["up", "--json", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *words], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            assert "error" not in said, said
            yield Up(process, data_dir, said)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def up() -> Generator[Up]:
    """One for this file; ended by SIGTERM, as Ctrl-C may be ignored where CI runs us."""
    with private_data_dir() as data_dir, parley_up(data_dir) as running:
        yield running
        children = running.children
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == Exit.DONE
        assert alive(children) == []


def until(look: Callable[[], object], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not look():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != "zombie"]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=2).is_success
    except httpx.TransportError:
        return False


def notices(url: str) -> list[str]:
    return httpx.get(f"{url}/health/ready", timeout=5).json()["notices"]


def test_all_services_run_and_the_front_door_knows_its_key(up: Up) -> None:
    assert all(up.child(unit.name) for unit in SERVICES)
    assert answers(up.url)
    key = Path(up.said["key_file"])
    assert key.stat().st_mode & 0o777 == 0o600
    wanted = f"{up.url}/v1/usage"
    assert httpx.get(wanted).status_code == 401
    known = {"Authorization": f"Bearer {key.read_text().strip()}"}
    assert httpx.get(wanted, headers=known).status_code == 200


def test_a_command_uses_the_cluster_that_runs(up: Up) -> None:
    before = {child.pid for child in up.children}
    done = parley("usage", "--json", "--data-dir", str(up.data_dir))
    assert done.returncode == Exit.DONE, done.stderr
    assert json.loads(done.stdout)["total_usd"]
    assert {child.pid for child in up.children} == before


def test_an_unknown_tenant_is_bad_input(up: Up) -> None:
    done = parley("usage", "--json", "--tenant", "nobody", "--data-dir", str(up.data_dir))
    assert done.returncode == Exit.BAD_INPUT
    assert json.loads(done.stdout)["error"]["code"] == "unknown_tenant"


def test_a_second_one_in_the_same_directory_is_refused(up: Up) -> None:
    done = parley("up", "--port", "0", "--data-dir", str(up.data_dir))
    assert done.returncode == Exit.MISSING
    [address] = addresses_in(done.stderr)
    assert address.startswith(up.url)
    assert tenant_let_in(address) == DEFAULT_TENANT
    assert answers(up.url)


def test_a_follow_up_is_asked_in_the_same_session_until_it_is_closed(up: Up) -> None:
    def ask(*words: str) -> tuple[int, dict[str, Any]]:
        done = parley("ask", *words, "--json", "--data-dir", str(up.data_dir), timeout_s=120)
        return done.returncode, json.loads(done.stdout)

    _, first = ask("What does the Team plan cost?")
    code, second = ask("And for a year?", "--continue")
    assert code == Exit.DONE, second
    assert second["session_id"] == first["session_id"]
    key = Path(up.said["key_file"]).read_text().strip()
    session = f"{up.url}/v1/sessions/{first['session_id']}"
    closed = httpx.delete(session, headers={"Authorization": f"Bearer {key}"})
    assert closed.status_code == 204
    code, third = ask("And for two?", "--continue")
    assert (code, third["error"]["code"]) == (Exit.BAD_INPUT, "session_over")


def test_an_occupied_port_is_named_in_one_sentence(up: Up) -> None:
    port = up.url.rsplit(":", 1)[1]
    with private_data_dir() as other:
        done = parley("up", "--json", "--port", port, "--data-dir", str(other))
    assert done.returncode == Exit.MISSING
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "port_taken"
    assert port in error["message"]


def test_a_service_that_is_killed_is_started_again_at_its_address(up: Up) -> None:
    gateway = up.child("gateway")
    assert gateway is not None
    gateway.kill()
    until(lambda: (now := up.child("gateway")) is not None and now.pid != gateway.pid, 10)
    until(lambda: answers(up.url), 60)


def test_one_service_that_keeps_falling_ends_nothing_else_and_is_named(up: Up) -> None:
    def pids() -> dict[str, int]:
        return {name: one.pid for name in ("gateway", "metering") if (one := up.child(name))}

    before, killed, deadline = pids(), 0, time.monotonic() + 60
    while killed < KILLS:
        if (rag := up.child("rag")) is not None:
            rag.kill()
            rag.wait(10)
            killed += 1
        assert answers(up.url), "the front door answers throughout"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    until(lambda: any("rag ended" in notice for notice in notices(up.url)), 10)
    doctor = parley("doctor", "--json", "--data-dir", str(up.data_dir))
    assert doctor.returncode == Exit.MISSING
    [cluster] = [one for one in json.loads(doctor.stdout)["checks"] if one["name"] == "cluster"]
    assert not cluster["ok"]
    assert "rag ended" in cluster["found"]
    assert up.process.poll() is None
    assert pids() == before
    until(lambda: up.child("rag") is not None, 60)


def test_a_killed_server_comes_back_at_its_address_and_the_services_stay(up: Up) -> None:
    def server(name: str) -> psutil.Process | None:
        for one in psutil.Process(up.process.pid).children():
            with suppress(psutil.Error):
                if Path(one.cmdline()[0]).name == name:
                    return one
        return None

    gateway = up.child("gateway")
    for name in ("valkey-server", "postgres"):
        killed = server(name)
        assert killed is not None
        killed.kill()
        killed.wait(10)
        until(partial(server, name), 30)
        until(partial(answers, up.url), 60)
    assert up.child("gateway") == gateway


def test_a_person_is_told_one_address_and_it_opens_the_page() -> None:
    with private_data_dir() as data_dir:
        words = ["up", "--port", "0", "--data-dir", str(data_dir)]
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words], stderr=subprocess.PIPE, text=True
        )
        with process:
            try:
                assert process.stderr is not None
                said: list[str] = []
                for line in process.stderr:
                    said.append(line)
                    if line.startswith("Open "):
                        break
                [address] = addresses_in("".join(said))
                assert tenant_let_in(address) == DEFAULT_TENANT
                process.send_signal(signal.SIGTERM)
                assert addresses_in(process.stderr.read()) == []
                assert process.wait(60) == Exit.DONE
            finally:
                process.kill()


def test_after_kill_9_nothing_is_left_and_the_next_command_starts_it_again() -> None:
    with private_data_dir() as data_dir:
        with parley_up(data_dir) as running:
            children = running.children
            assert len(children) >= len(SERVICES)
            running.process.kill()
            until(lambda: not alive(children), GONE_TIMEOUT_S)
            assert not answers(running.url)

        words = ["usage", "--json", "--data-dir", str(data_dir)]
        done = parley(*words, timeout_s=READY_TIMEOUT_S)
        assert done.returncode == Exit.DONE, done.stderr
        assert json.loads(done.stdout).keys() >= {"rows", "total_usd"}
        assert addresses_in(done.stderr) == [], "a cluster for one command is nobody's to open"
        assert processes_of(data_dir) == []


def processes_of(data_dir: Path) -> list[list[str]]:
    """Command lines of whoever names the directory or works in it."""
    found: list[list[str]] = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*one.cmdline(), one.cwd(), *one.environ().values()]
            if str(data_dir) in " ".join(words):
                found.append(one.cmdline())
    return found
