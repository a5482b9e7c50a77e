"""Expected failures, and what the runtime does with each.

ServiceError
├── RejectedError     can never succeed    -> dead letter, no retry      (HTTP 4xx)
├── LostError         no longer ours       -> nothing at all is committed
└── UnavailableError  the outside failed   -> backoff until the deadline (HTTP 503)

Any other exception is a bug: traceback, redelivery, dead letter after `max_deliveries`.
"""


class ServiceError(Exception):
    """An expected failure.

    Args:
        message: one sentence for people; holds no user content.
        code: public, snake_case, never changed once released.
    """

    code = "service_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class RejectedError(ServiceError):
    """The request or fact can never succeed as it is."""

    code = "rejected"


class UnavailableError(ServiceError):
    """Something outside did not answer; the same request may succeed later."""

    code = "unavailable"


class LostError(ServiceError):
    """Another worker owns this delivery, turn or lane now; whoever lost it writes nothing."""

    code = "lost"
