"""The made-up product's server: pages, payments that are checked, prices that change, invoices."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PAGES: Final = Path(__file__).parent / "pages"
CARD_DIGITS: Final = 16
# How long a request for a newer price list is held; longer than the meeting.
HOLD_S: Final = 300


class Portal:
    """What the pages show and what they reported. One instance serves one recording."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.spots: dict[str, dict[str, tuple[float, float]]] = {}
        self.stored: set[str] = set()
        self.version = 1
        self.team_price = 29
        self.port = 0

    def set_team_price(self, price: int) -> None:
        """Pages that are open show it at once."""
        with self.changed:
            self.version, self.team_price = self.version + 1, price
            self.changed.notify_all()

    def spot(self, page: str, name: str) -> tuple[float, float]:
        """Middle of a thing on an open page, in pixels of the screen; waits until the page told.

        Raises:
            TimeoutError: the page is not open, or has no such thing.
        """
        with self.changed:
            if not self.changed.wait_for(lambda: name in self.spots.get(page, {}), timeout=20):
                raise TimeoutError(f"{page} did not tell where {name} is")
            return self.spots[page][name]

    def prices(self, after: int) -> dict[str, Any]:
        with self.changed:
            self.changed.wait_for(lambda: self.version > after, timeout=HOLD_S)
            names = ("name", "price", "people", "invoices")
            plans = [
                ("Starter", 9, 2, "100"),
                ("Team", self.team_price, 10, "2,000"),
                ("Business", 89, 50, "20,000"),
            ]
            plans_named = [dict(zip(names, plan, strict=True)) for plan in plans]
            return {"version": self.version, "plans": plans_named}

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and reply."""
        if path == "/spots":
            with self.changed:
                self.spots[body["page"]] = {k: (v[0], v[1]) for k, v in body["spots"].items()}
                self.changed.notify_all()
            return 200, {}
        if path == "/invoices":
            new = {invoice["number"] for invoice in body} - self.stored
            self.stored |= new
            return 200, {"stored": len(new), "unchanged": len(body) - len(new)}
        if sum(letter.isdigit() for letter in body["number"]) < CARD_DIGITS:
            message = "card number is incomplete"
            return 422, {"code": "PAY-4012", "message": message, "field": "number"}
        return 200, {}


@contextmanager
def serve(portal: Portal) -> Generator[None]:
    """While inside, the portal answers on 127.0.0.1 at `portal.port`."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(PAGES))

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/prices":
                self._reply(200, portal.prices(int(url.query.partition("=")[2])))
            else:
                super().do_GET()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._reply(*portal.post(self.path, body))

        def _reply(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the maker prints its own progress."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    portal.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
