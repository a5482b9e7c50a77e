"""What LiveKit tells the gateway is believed with its signature only."""

import base64
import hashlib
import json

import httpx
from livekit import api

from support.livekit.rooms import KEY, SECRET


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """As LiveKit signs what it tells."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"Authorization": api.AccessToken(KEY, secret).with_sha256(digest).to_jwt()}


async def test_livekits_word_is_believed_only_with_its_signature(
    guest: httpx.AsyncClient,
) -> None:
    body = json.dumps({"event": "room_started", "id": "EV_1", "room": {"name": "x"}}).encode()
    unsigned = {"Authorization": api.AccessToken(KEY, SECRET).to_jwt()}
    theirs = signed(body, "another-secret-of-more-than-32-characters")
    forged: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, {"Authorization": "nonsense"}),
        (body, unsigned),
        (body, theirs),
        (body + b" ", signed(body)),
        (b"\xff", signed(b"\xff")),
    ]
    for content, headers in forged:
        refused = await guest.post("/v1/livekit/webhook", content=content, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    for _ in range(2):
        taken = await guest.post("/v1/livekit/webhook", content=body, headers=signed(body))
        assert taken.status_code == 204
    large = b" " * 300_000
    refused = await guest.post("/v1/livekit/webhook", content=large, headers=signed(large))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
