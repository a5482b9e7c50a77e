"""A cluster to watch in a browser, and the page that watches it."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from support.browser import Complaints


class Cluster:
    """An embedded cluster that can be started again at its own address."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self._data_dir = data_dir
        self._options = options
        self._port = "0"
        self.start()

    def start(self) -> None:
        words = ["up", "--json", "--port", self._port, "--data-dir", str(self._data_dir)]
        words += self._options
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline() or "{}")
        assert "url" in said, said
        self.url: str = said["url"]
        self.page: str = said["page"]
        self.pid: int = said["pid"]
        self.livekit_url: str | None = said["livekit_url"]
        self.key = Path(said["key_file"]).read_text().strip()
        self._port = self.url.rpartition(":")[2]

    def make_tenant(self, name: str, *, tier: str) -> str:
        """A new tenant; its first key."""
        words = ["tenants", "create", name, "--tier", tier, "--json"]
        words += ["--data-dir", str(self._data_dir)]
        made = subprocess.run(
            [sys.executable, "-m", "cli", *words], capture_output=True, text=True, check=True
        )
        return json.loads(made.stdout)["key"]

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=60)


@dataclass
class Watched:
    """A page on which the sample meeting was played, and what it complained of."""

    page: Page
    complaints: Complaints
