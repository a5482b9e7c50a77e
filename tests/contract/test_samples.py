"""Published samples are never edited: today's classes must parse yesterday's bodies."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.fact import Envelope
from contracts.streams import BY_TYPE, CATALOGUE, Stream

CONTRACTS = Path(__file__).parents[2] / "libs/contracts"
SAMPLES = sorted((CONTRACTS / "samples").glob("*.json"))


@pytest.mark.parametrize("stream", CATALOGUE, ids=lambda stream: stream.name)
def test_every_fact_has_a_sample(stream: Stream) -> None:
    assert (CONTRACTS / "samples" / f"{stream.name}.json").exists()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_published_sample_is_read_by_todays_class_and_loses_nothing(sample: Path) -> None:
    body = json.loads(sample.read_text())
    envelope = Envelope[BY_TYPE[body["type"]].fact].model_validate(body)
    again = json.loads(envelope.model_dump_json())
    assert {key: again["data"][key] for key in body["data"]} == body["data"]


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
