"""Where the router notes which models it leaves alone after they failed; the gateway shows it."""

from typing import Final

BREAKERS_KEY: Final = "breakers"
"""A set: models (`provider:model`) that were left alone lately; each may be well again."""
BREAKERS_LIFETIME_S: Final = 7 * 86_400
"""Renewed with each that is added; the longest wait is an hour."""


def breaker_key(model: str) -> str:
    """A hash: `until` and `since` (ms since 1970; since is when it opened), `reason`.

    Without `until` its failures are only counted.
    """
    return f"breaker:{{{model}}}"
