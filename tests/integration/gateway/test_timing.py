"""How long a 404 takes does not tell whether the thing is another tenant's, or never was.

`--log-cli-level=info` shows what was measured; docs/results/api.md has it.
"""

import logging
import random
from statistics import median
from time import perf_counter
from uuid import UUID

import httpx
import pytest

from runtime.bus import Publisher
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.front_door import FrontDoor
from support.spread import chance_of_longer

log = logging.getLogger(__name__)
TIMES = 150
FAR = 0.15
"""From 0.5; four and a half standard deviations of what cannot be told apart."""

pytestmark = [pytest.mark.storm, pytest.mark.timeout(500)]


async def taken_ms(client: httpx.AsyncClient, path: str) -> tuple[int, float]:
    began = perf_counter()
    reply = await client.get(path)
    return reply.status_code, (perf_counter() - began) * 1_000


async def compared(client: httpx.AsyncClient, first: str, second: str) -> tuple[str, float]:
    """Both asked for in turn, in random order; what was measured, and the chance."""
    asked = [first, second] * TIMES
    random.Random(4).shuffle(asked)
    for path in (first, second) * 10:
        await client.get(path)
    took: dict[str, list[float]] = {first: [], second: []}
    for path in asked:
        status, ms = await taken_ms(client, path)
        assert status in (200, 404)
        took[path].append(ms)
    chance = chance_of_longer(took[first], took[second])
    said = f"{median(took[first]):.2f} ms, {median(took[second]):.2f} ms, chance {chance:.3f}"
    return said, chance


async def test_no_404_tells_by_its_time_what_another_tenant_has(
    door: FrontDoor, ours: httpx.AsyncClient, theirs: httpx.AsyncClient, session_id: str
) -> None:
    frame, turn = meetings.kept(0), meetings.taken("What does it cost?")
    said = [frame, turn, meetings.answered(turn), *(meetings.heard(f"{n}.") for n in range(300))]
    facts = meetings.told(*said, tenant=door.tenants["a"], session=UUID(session_id))
    await Publisher(door.redis).publish(*facts)
    sent = await ours.post("/v1/knowledge", files={"files": ("plans.md", b"# Plans\n")})
    document_id = sent.json()["documents"][0]["document_id"]
    own = (await theirs.post("/v1/sessions", json={})).json()["session_id"]

    async def is_kept() -> bool:
        summary = (await ours.get(f"/v1/sessions/{session_id}/summary")).json()
        return len(summary["transcript"]) == 300 and bool(summary["questions"])

    await eventually(is_kept, timeout_s=30)
    places = {
        "session": ("/v1/sessions/{}", session_id),
        "messages": ("/v1/sessions/{}/messages", session_id),
        "summary": ("/v1/sessions/{}/summary", session_id),
        "frames": ("/v1/sessions/{}/frames", session_id),
        "events": ("/v1/sessions/{}/events", session_id),
        "picture": (f"/v1/sessions/{own}/frames/{{}}", frame.frame_id),
        "feedback": (f"/v1/sessions/{own}/messages/{{}}/feedback", turn.turn_id),
        "document": ("/v1/knowledge/{}", document_id),
    }
    found: dict[str, float] = {}
    for name, (place, anothers) in places.items():
        words, found[name] = await compared(theirs, place.format(anothers), place.format(new_id()))
        log.info("%s: another's %s", name, words)
    assert {name: chance for name, chance in found.items() if abs(chance - 0.5) > FAR} == {}
    # It would be seen: what is there takes longer than what is not.
    words, seen = await compared(
        ours, f"/v1/sessions/{session_id}/summary", f"/v1/sessions/{new_id()}/summary"
    )
    log.info("control: one's own %s", words)
    assert seen - 0.5 > FAR
