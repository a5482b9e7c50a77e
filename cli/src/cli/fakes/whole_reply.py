"""An answer that is no stream, and how a script lets it fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from cli.fakes.door import ErrorForm, Visit, malformed, refusal
from cli.fakes.journal import Usage

BROKEN: Final = 500


@dataclass(frozen=True)
class Whole:
    """What is to be told at once.

    Attributes:
        pieces: tokens, or rows; each takes the script's `gap`.
        usage: None: its provider tells none.
        error: how its provider tells an error.
        units: searches billed.
        is_short: the body lacks already what the script's `end` lets out.
    """

    body: Mapping[str, Any]
    pieces: int
    usage: Usage | None
    error: ErrorForm
    units: int = 0
    is_short: bool = False


async def send_whole(visit: Visit, whole: Whole) -> web.StreamResponse:
    script, call = visit.script, visit.call
    await visit.wait(script.first + script.gap * whole.pieces)
    if script.error is not None:
        return refusal(visit, BROKEN, whole.error(BROKEN, None))
    if script.malformed is not None:
        return malformed(visit, script.malformed)
    told = web.json_response(whole.body)
    if script.cut is None and (script.end is None or whole.is_short):
        call.status, call.tokens_sent, call.told = 200, whole.pieces, whole.usage
        call.units = whole.units
        call.ended = "cut" if whole.is_short else "done"
        return told
    return await _half(visit, told)


async def _half(visit: Visit, told: web.Response) -> web.StreamResponse:
    """Dropped there, or ended in good order."""
    assert isinstance(told.body, bytes)
    half = web.StreamResponse(headers={"content-type": "application/json"})
    await half.prepare(visit.http)
    visit.call.status = 200
    await half.write(told.body[: len(told.body) // 2])
    if visit.script.cut is not None:
        raise visit.drop()
    visit.call.ended = "cut"
    return half
