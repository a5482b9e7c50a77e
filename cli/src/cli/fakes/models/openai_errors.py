"""How OpenAI refuses, in all its protocols."""

from typing import Any, Final

KINDS: Final = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


def refused(status: int) -> dict[str, Any]:
    kind, code = KINDS.get(status, ("server_error", None))
    return {"error": {"message": "The fake refuses.", "type": kind, "param": None, "code": code}}
