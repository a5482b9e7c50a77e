"""OpenAI, and all that speak like it: `/v1/chat/completions`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cli.fakes.journal import Usage
from cli.fakes.models.openai_errors import refused
from cli.fakes.models.wire import (
    CREATED_S,
    JSON,
    Answer,
    Asked,
    Event,
    Finish,
    count_parts,
    sse,
    texts_of,
)

FINISH: Final[dict[Finish, str]] = {
    "stop": "stop",
    "length": "length",
    "filtered": "content_filter",
}
SYSTEM: Final = frozenset({"system", "developer"})


@dataclass(frozen=True)
class OpenAIChat:
    """Tells usage after a stream's last token, and only if it was asked to."""

    provider: str = "openai"
    ping: bytes = b": ping\n\n"

    def asked(self, model: str, body: JSON, *, stream: bool) -> Asked:
        messages = body.get("messages", ())
        options: JSON = body.get("stream_options") or {}
        system = [texts_of(one["content"]) for one in messages if one["role"] in SYSTEM]
        spoken = [one.get("content") for one in messages if one["role"] not in SYSTEM]
        return Asked(
            model=model,
            system="\n".join(system),
            text="\n".join(map(texts_of, spoken)),
            pictures=sum(count_parts(content, "image_url") for content in spoken),
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
            stream=stream,
            logprobs=bool(body.get("logprobs")),
            stream_usage=bool(options.get("include_usage")),
        )

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": answer.text or None, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": FINISH[answer.finish],
            "logprobs": _logprobs(answer, answer.pieces),
        }
        return _reply(answer, "chat.completion", [choice], usage=_usage(answer.usage))

    def events(self, answer: Answer, asked: Asked) -> Iterator[Event]:
        yield _delta(answer, {"role": "assistant", "content": ""})
        for piece in answer.pieces:
            yield _delta(answer, {"content": piece}, logprobs=_logprobs(answer, (piece,)))
        yield _delta(answer, {}, finish=FINISH[answer.finish])
        if asked.stream_usage:
            told = _reply(answer, "chat.completion.chunk", [], usage=_usage(answer.usage))
            yield Event(sse(told), tells=answer.usage)
        yield Event(b"data: [DONE]\n\n")

    def error(self, status: int, retry_after: float | None) -> dict[str, Any]:
        return refused(status)

    def error_event(self, status: int) -> bytes:
        return sse(refused(status))


def _reply(
    answer: Answer, kind: str, choices: list[dict[str, Any]], **more: object
) -> dict[str, Any]:
    return {
        "id": "chatcmpl-fake",
        "object": kind,
        "created": CREATED_S,
        "model": answer.model,
        "choices": choices,
        **more,
    }


def _delta(
    answer: Answer,
    delta: dict[str, Any],
    *,
    finish: str | None = None,
    logprobs: dict[str, Any] | None = None,
) -> Event:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
    data = _reply(answer, "chat.completion.chunk", [choice], usage=None)
    return Event(sse(data), is_token=bool(delta.get("content")))


def _logprobs(answer: Answer, pieces: tuple[str, ...]) -> dict[str, Any] | None:
    if answer.logprob is None:
        return None
    return {"content": [token_logprob(piece, answer.logprob) for piece in pieces], "refusal": None}


def token_logprob(piece: str, logprob: float) -> dict[str, Any]:
    one = {"token": piece, "logprob": logprob, "bytes": list(piece.encode())}
    return {**one, "top_logprobs": [one]}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.tokens_in + usage.tokens_out,
        "prompt_tokens_details": {
            "cached_tokens": usage.tokens_cached,
            "cache_write_tokens": usage.tokens_cache_written,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.tokens_thought},
    }
