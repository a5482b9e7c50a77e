"""Within a version only optional fields are added; anything else is a new event type."""

from typing import Any, Final, cast

Schema = dict[str, Any]
_SHAPE: Final = ("type", "format", "$ref", "enum", "const", "pattern", "items", "anyOf")


def broken_promises(old: Schema, new: Schema, where: str = "") -> list[str]:
    """What an old reader or an old body would trip over: removed, newly required, retyped fields.

    Args:
        old: the JSON Schema that is published.
        new: the one that would take its place.
        where: prefix of the fields' names in the answer.

    Returns:
        One sentence each, [] when `new` only grew.
    """
    broken: list[str] = []
    before = cast(Schema, old.get("properties", {}))
    after = cast(Schema, new.get("properties", {}))
    broken += [f"{where}{name} was removed" for name in sorted(before.keys() - after.keys())]
    required = set(new.get("required", [])) - set(old.get("required", []))
    broken += [f"{where}{name} became required" for name in sorted(required)]
    for name in sorted(before.keys() & after.keys()):
        if _shape(before[name]) != _shape(after[name]):
            broken.append(f"{where}{name} changed its type")
    definitions = cast(Schema, new.get("$defs", {}))
    for name, definition in cast(Schema, old.get("$defs", {})).items():
        if name in definitions:
            broken += broken_promises(definition, definitions[name], f"{name}.")
    return broken


def _shape(schema: Schema) -> Schema:
    return {key: schema.get(key) for key in _SHAPE}
