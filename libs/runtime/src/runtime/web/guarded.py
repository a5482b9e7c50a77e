"""Routes that look at who is calling before they take a byte of the body."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

Guard = Callable[[Request], AbstractAsyncContextManager[None]]
"""Looks at headers alone; raises to refuse, and holds until the answer is made."""


def guarded(guard: Guard) -> type[APIRoute]:
    """A `route_class` for an `APIRouter`: its routes stand behind the guard.

    FastAPI reads and parses the whole body before it asks any dependency, so a dependency that
    refuses comes too late. Who waits for `100 Continue` is told to send when the guard let it in.
    """

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # pyright: ignore[reportIncompatibleMethodOverride] - awaited, never asked for more
            handle: Any = super().get_route_handler()

            async def handle_guarded(request: Request) -> Response:
                async with guard(request):
                    return await handle(request)

            return handle_guarded

    return Guarded
