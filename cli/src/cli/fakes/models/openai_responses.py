"""OpenAI: `/v1/responses`."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from cli.fakes.journal import Usage
from cli.fakes.models.openai_chat import SYSTEM, token_logprob
from cli.fakes.models.openai_errors import refused
from cli.fakes.models.wire import CREATED_S, JSON, Answer, Asked, Event, count_parts, sse, texts_of

ITEM: Final = "msg_fake"
LOGPROBS: Final = "message.output_text.logprobs"


class OpenAIResponses:
    """Tells usage in the last event."""

    provider = "openai"
    ping = b": ping\n\n"

    def asked(self, model: str, body: JSON, *, stream: bool) -> Asked:
        given = body.get("input", "")
        items: list[dict[str, Any]] = (
            [{"role": "user", "content": given}] if isinstance(given, str) else given
        )
        system = [texts_of(one["content"]) for one in items if one.get("role") in SYSTEM]
        spoken = [one.get("content") for one in items if one.get("role") not in SYSTEM]
        return Asked(
            model=model,
            system="\n".join([body.get("instructions") or "", *system]),
            text="\n".join(map(texts_of, spoken)),
            pictures=sum(count_parts(content, "input_image") for content in spoken),
            max_tokens=body.get("max_output_tokens"),
            stream=stream,
            logprobs=LOGPROBS in (body.get("include") or ()),
        )

    def whole(self, answer: Answer) -> dict[str, Any]:
        return _response(answer, _status(answer), [_item(answer, _status(answer))])

    def events(self, answer: Answer, asked: Asked) -> Iterator[Event]:
        numbers = count()

        def event(kind: str, *, is_token: bool = False, **fields: object) -> Event:
            data = {"type": kind, "sequence_number": next(numbers), **fields}
            return Event(sse(data, event=kind), is_token=is_token)

        at: dict[str, Any] = {"item_id": ITEM, "output_index": 0, "content_index": 0}
        begun = _response(answer, "in_progress", [])
        yield event("response.created", response=begun)
        yield event("response.in_progress", response=begun)
        empty: dict[str, Any] = {**_item(answer, "in_progress"), "content": []}
        yield event("response.output_item.added", output_index=0, item=empty)
        part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": []}
        yield event("response.content_part.added", **at, part={**part, "logprobs": []})
        for piece in answer.pieces:
            told: dict[str, Any] = {"delta": piece, "logprobs": _logprobs(answer, (piece,))}
            yield event("response.output_text.delta", **at, **told, is_token=True)
        told = {"text": answer.text, "logprobs": _logprobs(answer, answer.pieces)}
        yield event("response.output_text.done", **at, **told)
        yield event("response.content_part.done", **at, part={**part, **told})
        status = _status(answer)
        item = _item(answer, status)
        yield event("response.output_item.done", output_index=0, item=item)
        last = event(f"response.{status}", response=_response(answer, status, [item]))
        yield Event(last.data, tells=answer.usage)

    def error(self, status: int, retry_after: float | None) -> dict[str, Any]:
        return refused(status)

    def error_event(self, status: int) -> bytes:
        error = refused(status)["error"]
        code = error["code"] or error["type"]
        told = {"code": code, "message": error["message"], "param": None, "sequence_number": 99}
        return sse({"type": "error", **told}, event="error")


def _status(answer: Answer) -> str:
    return "completed" if answer.finish == "stop" else "incomplete"


def _item(answer: Answer, status: str) -> dict[str, Any]:
    text = {
        "type": "output_text",
        "text": answer.text,
        "annotations": [],
        "logprobs": _logprobs(answer, answer.pieces),
    }
    content = [text] if answer.pieces else []
    return {
        "id": ITEM,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _logprobs(answer: Answer, pieces: tuple[str, ...]) -> list[dict[str, Any]]:
    if answer.logprob is None:
        return []
    return [token_logprob(piece, answer.logprob) for piece in pieces]


def _response(answer: Answer, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    reasons = {"length": "max_output_tokens", "filtered": "content_filter"}
    reason = reasons.get(answer.finish) if status == "incomplete" else None
    return {
        "id": "resp_fake",
        "object": "response",
        "created_at": CREATED_S,
        "model": answer.model,
        "status": status,
        "error": None,
        "incomplete_details": None if reason is None else {"reason": reason},
        "instructions": None,
        "metadata": {},
        "output": output,
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None if status == "in_progress" else _usage(answer.usage),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.tokens_in,
        "input_tokens_details": {
            "cached_tokens": usage.tokens_cached,
            "cache_write_tokens": usage.tokens_cache_written,
        },
        "output_tokens": usage.tokens_out,
        "output_tokens_details": {"reasoning_tokens": usage.tokens_thought},
        "total_tokens": usage.tokens_in + usage.tokens_out,
    }
