from contracts.compatibility import Schema, broken_promises
from contracts.fact import Envelope
from contracts.media import FrameKept

OLD: Schema = {
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
    "required": ["a"],
}


def test_a_removed_a_newly_required_and_a_retyped_field_are_all_named() -> None:
    new: Schema = {
        "properties": {"b": {"type": "string"}, "c": {"type": "null"}},
        "required": ["c"],
    }
    assert broken_promises(OLD, new) == [
        "a was removed",
        "c became required",
        "b changed its type",
    ]


def test_an_added_optional_field_breaks_nothing() -> None:
    new: Schema = {
        "properties": OLD["properties"] | {"c": {"type": "string"}},
        "required": ["a"],
    }
    assert broken_promises(OLD, new) == []


def test_a_field_lost_inside_a_nested_model_is_named_with_its_model() -> None:
    old = Envelope[FrameKept].model_json_schema()
    new = Envelope[FrameKept].model_json_schema()
    del new["$defs"]["BlobRef"]["properties"]["sha256"]
    assert broken_promises(old, new) == ["BlobRef.sha256 was removed"]
