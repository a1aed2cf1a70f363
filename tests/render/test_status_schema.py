"""The schema of `/status.json` (docs/status.schema.json): every state fits it, and it knows every field."""

import dataclasses
import json
import types
import typing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from monitors.status import Status
from statuspage.document import as_json
from statuspage.snapshot import VERSION, Brand, Declaration, Emergency, Keys, Link, Snapshot, Text
from tests.render.make import NOW, make_busy, make_demo, make_page, make_snapshot
from tests.render.strategies import snapshots

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "status.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
BRIEF = {"PageInfo": "page", "GroupState": "group"}


def found(kind: type, seen: dict[str, type] | None = None) -> dict[str, type]:
    """Every dataclass that the document is made of, by its name in the schema."""
    seen = {} if seen is None else seen
    for hint in typing.get_type_hints(kind).values():
        for part in parts(hint):
            name = BRIEF.get(part.__name__, part.__name__.removesuffix("State").lower())
            if dataclasses.is_dataclass(part) and name not in seen:
                seen[name] = part
                found(part, seen)
    return seen


def parts(hint: Any) -> list[type]:
    arguments = typing.get_args(hint)
    return (
        [part for argument in arguments for part in parts(argument)]
        if arguments
        else [hint] * isinstance(hint, type)
    )


@settings(max_examples=80, deadline=None)
@given(snapshots())
def test_every_state_satisfies_it(snapshot: Snapshot) -> None:
    VALIDATOR.validate(as_json(snapshot))


BRANDED = make_page(
    brand=Brand(
        "#1f5fbf", "assets/a.png", "assets/b.png", (Link(Text("Help"), "https://acme.example/"),), Text("§")
    ),
    keys=Keys("a" * 43 + "=", "b" * 43 + "="),
    security_contact="mailto:security@acme.example",
    private=True,
)
EMERGENCY = Emergency(NOW, NOW, (Declaration("checkoutxxxx", Status.MAJOR_OUTAGE, NOW),))


@pytest.mark.parametrize(
    "snapshot",
    [make_snapshot(), make_demo(), make_busy(), make_snapshot(page=BRANDED, emergency=EMERGENCY)],
)
def test_pages_as_they_are_satisfy_it(snapshot: Snapshot) -> None:
    VALIDATOR.validate(as_json(snapshot))


def test_it_is_a_schema_of_this_version() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    assert SCHEMA["$id"].endswith(f":{VERSION}")


def test_it_knows_every_field_and_no_other() -> None:
    classes = found(Snapshot)
    objects = {name: part for name, part in SCHEMA["$defs"].items() if part.get("type") == "object"}
    assert set(objects) == set(classes)
    for name, kind in {**classes, "": Snapshot}.items():
        known = objects[name] if name else SCHEMA
        fields = [field.name for field in dataclasses.fields(kind)]
        assert list(known["properties"]) == fields, name
        assert known["required"] == fields, name
        # A newer page may say more: whoever holds this schema must not refuse it.
        assert "additionalProperties" not in known


def test_every_field_may_hold_what_the_code_has_and_null_only_where_it_may_be_missing() -> None:
    for name, kind in {**found(Snapshot), "": Snapshot}.items():
        known = SCHEMA["$defs"][name] if name else SCHEMA
        for field, hint in typing.get_type_hints(kind).items():
            said = known["properties"][field]
            optional = typing.get_origin(hint) in (types.UnionType, typing.Union)
            nullable = "null" in said.get("type", "") or {"type": "null"} in said.get("anyOf", [])
            assert nullable == optional, (name, field)
            if hint in (datetime, date, Status):
                expected = {datetime: "#/$defs/time", Status: "#/$defs/status"}.get(hint)
                assert said.get("$ref") == expected, (name, field)


def test_every_field_is_described() -> None:
    described = [SCHEMA, *SCHEMA["$defs"].values()]
    for part in described:
        assert part["description"].endswith(".")
        for field, said in part.get("properties", {}).items():
            assert said.get("description", "").endswith("."), field


def test_every_status_is_in_it() -> None:
    assert set(SCHEMA["$defs"]["status"]["enum"]) == {status.value for status in Status}
