import pytest

from gateway.api.middleware.security_headers import meeting_headers


def policy_of(url: str | None) -> dict[str, str]:
    policy = meeting_headers(url)["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("ws://127.0.0.1:7880", "ws://127.0.0.1:7880 http://127.0.0.1:7880"),
        ("wss://live.example.com/x", "wss://live.example.com https://live.example.com"),
        (
            "wss://acme.livekit.cloud",
            "wss://acme.livekit.cloud https://acme.livekit.cloud "
            "wss://*.livekit.cloud https://*.livekit.cloud",
        ),
    ],
)
def test_the_meeting_page_reaches_the_gateway_and_livekit_alone(url: str, places: str) -> None:
    policy = policy_of(url)
    assert policy["connect-src"] == f"'self' {places}"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_without_livekit_it_reaches_the_gateway_alone() -> None:
    assert policy_of(None)["connect-src"] == "'self'"
