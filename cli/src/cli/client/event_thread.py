"""A session's events read in the background, for a command that waits with a time limit."""

import threading
import time
from collections.abc import Callable
from typing import Self
from uuid import UUID

from cli.client.events import Event
from cli.client.gateway import Gateway
from cli.command_line.errors import CliError


class EventThread:
    """Reads a session's events from its beginning until the block ends.

    The thread is a daemon: a connection that is silent cannot be interrupted, and must not keep
    the command alive.

    Args:
        on_event: called in the thread, with the moment the event arrived (monotonic seconds).
        on_lost: called in the thread, once, when the gateway is lost.
    """

    def __init__(
        self,
        gateway: Gateway,
        session_id: UUID,
        *,
        on_event: Callable[[Event, float], None],
        on_lost: Callable[[CliError], None],
    ) -> None:
        self._gateway = gateway
        self._session_id = session_id
        self._on_event = on_event
        self._on_lost = on_lost
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, name="events", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()

    def _run(self) -> None:
        try:
            for event in self._gateway.events(self._session_id):
                self._on_event(event, time.monotonic())
                if self._stopped.is_set():
                    return
        except CliError as error:
            self._on_lost(error)
        except RuntimeError:  # the client was closed under us: the command is over
            if not self._stopped.is_set():
                raise
