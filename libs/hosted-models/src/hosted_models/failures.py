"""What went wrong with a provider, in our words."""

from typing import Final

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
)

from hosted_models.calls import FailureReason

_REASONS: Final[tuple[tuple[type[Exception], FailureReason], ...]] = (
    (ModelRequestTimeout, "timeout"),
    (ModelTimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (ModelRateLimitError, "rate_limited"),
    (ModelQuotaExceededError, "no_access"),
    (ModelOverloadedError, "overloaded"),
    (ModelUnavailableError, "unavailable"),
    (ModelServerError, "unavailable"),
    (ModelConnectionError, "unavailable"),
    (ModelAuthenticationError, "no_access"),
    (ModelNotFoundError, "no_model"),
    (ModelRequestRejectedError, "rejected"),
    (ContentFilterError, "filtered"),
)
"""The first class that fits; anything else is a reply that nobody can read."""
NO_GOOGLE_KEY: Final = "API_KEY_INVALID"
NOT_SENT: Final = frozenset({"pool", "connect"})


def reason_of(error: Exception) -> FailureReason:
    """Of whatever a client library raises: a reply of the wrong shape may be a `TypeError`."""
    # Google says 400 of a wrong key, where all others say 401.
    if isinstance(error, ModelHTTPError) and NO_GOOGLE_KEY in str(error.body):
        return "no_access"
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return "bad_reply"


def retry_after_s(error: Exception) -> float | None:
    """How long the provider wants to be left alone; None: it did not say.

    Gemini says it in the body, which the library reads.
    """
    return error.retry_after if isinstance(error, ModelAPIError) else None


def is_free(error: Exception) -> bool:
    """Whether the model did nothing that is paid for: refused by status, or never reached."""
    if isinstance(error, ModelConnectionError):
        return error.phase in NOT_SENT
    return isinstance(error, ModelHTTPError) and not error.in_stream
