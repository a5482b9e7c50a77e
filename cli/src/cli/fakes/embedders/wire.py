"""How each provider has texts sent to be embedded or scored, and tells what became of them."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.fakes.embedders.vectors import OWN_SERVERS_LENGTH, Vector, ranking_of, vectors_of
from cli.fakes.script import Script

DIMENSION: Final = 1_024
CHARS_PER_TOKEN: Final = 4
PIXELS: Final = 4_096
"""Of any picture that is embedded; nobody looks into it."""
PIXELS_PER_TOKEN: Final = 560
"""As Voyage counts a picture's tokens."""

JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Inputs:
    """What is embedded, or scored against the query; a text stands for what holds pictures."""

    texts: Sequence[str]
    query: str = ""
    pictures: int = 0

    @property
    def text_tokens(self) -> int:
        return sum(
            max(1, len(text) // CHARS_PER_TOKEN) for text in (*self.texts, self.query) if text
        )

    @property
    def tokens(self) -> int:
        return self.text_tokens + self.pictures * PIXELS // PIXELS_PER_TOKEN


@dataclass(frozen=True)
class Wire:
    """One provider's protocol for one thing.

    Attributes:
        inputs: reads a request.
        told: the answer, from the request, its inputs and the script.
        units: searches that it bills.
        tells_usage: Google does not.
    """

    provider: str
    inputs: Callable[[JSON], Inputs]
    told: Callable[[JSON, Inputs, Script], dict[str, Any]]
    units: int = 0
    tells_usage: bool = True


def inputs_of_texts(body: JSON) -> Inputs:
    """OpenAI, Voyage and Cohere."""
    found = body.get("input") or body.get("texts") or ()
    return Inputs([found] if isinstance(found, str) else found)


def inputs_of_ranking(body: JSON) -> Inputs:
    return Inputs(body["documents"], body["query"])


def inputs_of_segments(body: JSON) -> Inputs:
    """Voyage: each input is a list of texts and pictures."""
    contents = [one["content"] for one in body["inputs"]]
    texts = [" ".join(part.get("text", "") for part in content) for content in contents]
    pictures = sum(part["type"].startswith("image") for content in contents for part in content)
    return Inputs(texts, pictures=pictures)


def inputs_of_contents(body: JSON) -> Inputs:
    """Google: one content, or a request for each."""
    asked: Sequence[JSON] = body.get("requests") or [body]
    parts = [one["content"]["parts"] for one in asked]
    return Inputs([" ".join(part.get("text", "") for part in one) for one in parts])


def openai_vectors(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    return _vector_list(body, vectors_of(inputs.texts, _size(body), script), _tokens(inputs))


def own_servers_vectors(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    rows = vectors_of(inputs.texts, _size(body), script, OWN_SERVERS_LENGTH)
    return _vector_list(body, rows, _tokens(inputs))


def voyage_multimodal_vectors(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    used = {
        "text_tokens": inputs.text_tokens,
        "image_pixels": inputs.pictures * PIXELS,
        "video_pixels": 0,
        "total_tokens": inputs.tokens,
    }
    return _vector_list(body, vectors_of(inputs.texts, _size(body), script), used)


def cohere_vectors(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    rows = vectors_of(inputs.texts, _size(body), script)
    return {
        "id": "fake",
        "response_type": "embeddings_by_type",
        "embeddings": {"float": [row.tolist() for row in rows]},
        "texts": list(inputs.texts),
        "meta": {"billed_units": {"input_tokens": inputs.tokens}},
    }


def google_vectors(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    asked: JSON = (body.get("requests") or [body])[0]
    rows = vectors_of(inputs.texts, asked.get("outputDimensionality") or DIMENSION, script)
    told = [{"values": row.tolist()} for row in rows]
    return {"embeddings": told} if "requests" in body else {"embedding": told[0] if told else {}}


def cohere_ranking(_: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    return {
        "id": "fake",
        "results": _ranking(inputs, script),
        "meta": {"billed_units": {"search_units": 1}},
    }


def voyage_ranking(body: JSON, inputs: Inputs, script: Script) -> dict[str, Any]:
    used = {"total_tokens": inputs.tokens}
    rows = _ranking(inputs, script)
    return {"object": "list", "data": rows, "model": body.get("model"), "usage": used}


def _size(body: JSON) -> int:
    return body.get("output_dimension") or body.get("dimensions") or DIMENSION


def _tokens(inputs: Inputs) -> dict[str, int]:
    return {"total_tokens": inputs.tokens, "prompt_tokens": inputs.tokens}


def _vector_list(body: JSON, rows: Sequence[Vector], used: dict[str, int]) -> dict[str, Any]:
    is_packed = "base64" in (body.get("encoding_format"), body.get("output_encoding"))
    sent = [base64.b64encode(row.tobytes()).decode() if is_packed else row.tolist() for row in rows]
    data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(sent)]
    return {"object": "list", "data": data, "model": body.get("model"), "usage": used}


def _ranking(inputs: Inputs, script: Script) -> list[dict[str, Any]]:
    ranking = ranking_of(inputs.query, inputs.texts, script)
    return [{"index": at, "relevance_score": score} for at, score in ranking]
