"""Google Gemini: `/{v1,v1beta}/models/{model}:{generateContent,streamGenerateContent}`."""

from collections.abc import Iterator
from typing import Any, Final

from cli.fakes.journal import Usage
from cli.fakes.models.wire import JSON, Answer, Asked, Event, Finish, sse

FINISH: Final[dict[Finish, str]] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "filtered": "SAFETY",
}
STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Gemini:
    """Says how long to wait in the body alone; its client stands no comments in a stream."""

    provider = "google"
    ping = b""

    def asked(self, model: str, body: JSON, *, stream: bool) -> Asked:
        system: JSON = body.get("systemInstruction") or body.get("system_instruction") or {}
        parts = [part for content in body.get("contents", ()) for part in content.get("parts", ())]
        config = body.get("generationConfig", {})
        return Asked(
            model=model,
            system=_text(system.get("parts", ())),
            text=_text(parts),
            pictures=sum("inlineData" in part or "fileData" in part for part in parts),
            max_tokens=config.get("maxOutputTokens"),
            stream=stream,
            logprobs=bool(config.get("responseLogprobs")),
            cache_writes=False,
        )

    def whole(self, answer: Answer) -> dict[str, Any]:
        finish = FINISH[answer.finish]
        return _reply(answer, answer.pieces, finish) | _usage(answer.usage)

    def events(self, answer: Answer, asked: Asked) -> Iterator[Event]:
        for piece in answer.pieces:
            yield Event(sse(_reply(answer, (piece,), None)), is_token=True)
        last = _reply(answer, (), FINISH[answer.finish]) | _usage(answer.usage)
        yield Event(sse(last), tells=answer.usage)

    def error(self, status: int, retry_after: float | None) -> dict[str, Any]:
        wait = {
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": f"{retry_after}s",
        }
        error: dict[str, Any] = {
            "code": status,
            "message": "The fake refuses.",
            "status": STATUS.get(status, "INTERNAL"),
            "details": [] if retry_after is None else [wait],
        }
        return {"error": error}

    def error_event(self, status: int) -> bytes:
        return sse(self.error(status, None))


def _text(parts: Any) -> str:
    return "\n".join(part["text"] for part in parts if "text" in part)


def _reply(answer: Answer, pieces: tuple[str, ...], finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0}
    if pieces:
        candidate["content"] = {"role": "model", "parts": [{"text": "".join(pieces)}]}
    if finish is not None:
        candidate["finishReason"] = finish
    if answer.logprob is not None and pieces:
        candidate["avgLogprobs"] = answer.logprob
        chosen = [{"token": one, "tokenId": 1, "logProbability": answer.logprob} for one in pieces]
        candidate["logprobsResult"] = {
            "chosenCandidates": chosen,
            "topCandidates": [{"candidates": [one]} for one in chosen],
        }
    return {"candidates": [candidate], "modelVersion": answer.model, "responseId": "fake"}


def _usage(usage: Usage) -> dict[str, Any]:
    counts = {
        "promptTokenCount": usage.tokens_in,
        "cachedContentTokenCount": usage.tokens_cached,
        "candidatesTokenCount": usage.tokens_out - usage.tokens_thought,
        "thoughtsTokenCount": usage.tokens_thought,
        "totalTokenCount": usage.tokens_in + usage.tokens_out,
    }
    return {"usageMetadata": {name: count for name, count in counts.items() if count}}
