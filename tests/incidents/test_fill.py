"""Named fields: plain substitution, and braces of people never break."""

import pytest

from incidents.composing import fill


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A fix for {region}.", ["region"]),
        ("{b} then {a} then {b}", ["b", "a"]),
        ('{"json": 1} {} {{}} { region } {Region} {1a} {a-b} {a.b} {a[0]} {a!r} {a:>9999}', []),
        ("{{region}}", ["region"]),
        ("{" * 50 + "a" + "}" * 50, ["a"]),
    ],
)
def test_only_plain_names_are_fields(text: str, expected: list[str]) -> None:
    assert fill.names([text]) == expected


def test_values_are_put_in_once_and_other_braces_stay() -> None:
    text = 'In {region}: {cause}, {"a": {unknown}} {region.__class__} {0}'
    values = {"region": "{cause}", "cause": "{0.__class__} %s \\1"}
    assert fill.fill(text, values) == (
        'In {cause}: {0.__class__} %s \\1, {"a": {unknown}} {region.__class__} {0}'
    )


def test_a_field_without_a_value_stays_and_is_missed() -> None:
    assert fill.fill("In {region}.", {"region": ""}) == "In {region}."
    assert fill.missing("In {region}, {mine}.", {"region": ""}) == ["region"]


def test_there_are_never_more_fields_than_a_form_shows() -> None:
    assert len(fill.names([" ".join(f"{{f{number}}}" for number in range(1000))])) == fill.MOST
