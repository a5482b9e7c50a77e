"""Anthropic: `/v1/messages`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from cli.fakes.journal import Usage
from cli.fakes.models.wire import JSON, Answer, Asked, Event, Finish, count_parts, sse, texts_of

FINISH: Final[dict[Finish, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "filtered": "refusal",
}
ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class Anthropic:
    """Tells the tokens of a request as the stream begins, those of the answer as it ends."""

    provider = "anthropic"
    ping = sse({"type": "ping"}, event="ping")

    def asked(self, model: str, body: JSON, *, stream: bool) -> Asked:
        contents = [message["content"] for message in body.get("messages", ())]
        return Asked(
            model=model,
            system=texts_of(body.get("system", "")),
            text="\n".join(map(texts_of, contents)),
            pictures=sum(count_parts(content, "image") for content in contents),
            max_tokens=body.get("max_tokens"),
            stream=stream,
        )

    def whole(self, answer: Answer) -> dict[str, Any]:
        text = [{"type": "text", "text": answer.text}] if answer.pieces else []
        finish, usage = FINISH[answer.finish], answer.usage
        return _message(answer, text, finish, _usage(usage, usage.tokens_out))

    def events(self, answer: Answer, asked: Asked) -> Iterator[Event]:
        begun = replace(answer.usage, tokens_out=1, tokens_thought=0)
        message = _message(answer, [], None, _usage(begun, 1))
        yield Event(_event("message_start", message=message), tells=begun)
        if answer.pieces:
            block = {"type": "text", "text": ""}
            yield Event(_event("content_block_start", index=0, content_block=block))
        for piece in answer.pieces:
            delta = {"type": "text_delta", "text": piece}
            yield Event(_event("content_block_delta", index=0, delta=delta), is_token=True)
        if answer.pieces:
            yield Event(_event("content_block_stop", index=0))
        stop = {"stop_reason": FINISH[answer.finish], "stop_sequence": None}
        usage = {"output_tokens": answer.usage.tokens_out}
        yield Event(_event("message_delta", delta=stop, usage=usage), tells=answer.usage)
        yield Event(_event("message_stop"))

    def error(self, status: int, retry_after: float | None) -> dict[str, Any]:
        kind = ERRORS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": "The fake refuses."}}

    def error_event(self, status: int) -> bytes:
        return sse(self.error(status, None), event="error")


def _event(kind: str, **fields: Any) -> bytes:
    return sse({"type": kind, **fields}, event=kind)


def _message(
    answer: Answer, content: list[dict[str, Any]], finish: str | None, usage: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": finish,
        "stop_sequence": None,
        "usage": usage,
    }


def _usage(usage: Usage, tokens_out: int) -> dict[str, Any]:
    """All tokens that it keeps it keeps for five minutes, as when no longer time is asked for."""
    written = usage.tokens_cache_written
    return {
        "input_tokens": usage.tokens_in - usage.tokens_cached - written,
        "cache_creation_input_tokens": written,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "cache_read_input_tokens": usage.tokens_cached,
        "output_tokens": tokens_out,
    }
