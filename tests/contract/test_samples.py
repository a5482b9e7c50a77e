"""Published samples are never edited: today's classes must parse yesterday's bodies."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from contracts.fact import Envelope
from contracts.streams import BY_TYPE, CATALOGUE, Stream

CONTRACTS = Path(__file__).parents[2] / "libs/contracts"
SAMPLES = sorted((CONTRACTS / "samples").glob("*.json"))


def _known_of(written: Any, published: Any) -> Any:
    """What is written today without the fields that were added since, on any level."""
    if isinstance(published, dict) and isinstance(written, dict):
        known = cast("dict[str, Any]", published)
        now = cast("dict[str, Any]", written)
        return {key: _known_of(now[key], value) for key, value in known.items()}
    if isinstance(published, list) and isinstance(written, list):
        pairs = zip_longest(cast("list[Any]", written), cast("list[Any]", published))
        return [_known_of(now, value) for now, value in pairs]
    return written


@pytest.mark.parametrize("stream", CATALOGUE, ids=lambda stream: stream.name)
def test_every_fact_has_a_sample(stream: Stream) -> None:
    assert (CONTRACTS / "samples" / f"{stream.name}.json").exists()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_published_sample_is_read_by_todays_class_and_loses_nothing(sample: Path) -> None:
    body = json.loads(sample.read_text())
    envelope = Envelope[BY_TYPE[body["type"]].fact].model_validate(body)
    again = json.loads(envelope.model_dump_json())
    assert _known_of(again["data"], body["data"]) == body["data"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_published_sample_satisfies_the_generated_schema(sample: Path) -> None:
    body = json.loads(sample.read_text())
    schema = json.loads((CONTRACTS / "schemas" / f"{body['type']}.json").read_text())
    Draft202012Validator(schema).validate(body)  # pyright: ignore[reportUnknownMemberType] - untyped


def test_a_field_of_a_newer_writer_is_ignored() -> None:
    body = json.loads(SAMPLES[0].read_text())
    body["data"]["added_later"] = 1
    envelope = Envelope[BY_TYPE[body["type"]].fact].model_validate(body)
    assert "added_later" not in envelope.model_dump_json()
