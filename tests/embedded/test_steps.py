"""What is shown in the terminal."""

import re

import pytest

from statuspage.embedded.steps import say, step


def test_a_step_is_shown_while_it_works_and_then_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    with step("Database"):
        assert capsys.readouterr().out == "  Database ...................... "
    assert capsys.readouterr().out == "0.0 s\n"


def test_something_said_meanwhile_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with step("Application"):
        say("web ended")
    assert capsys.readouterr().out == (
        "  Application ................... \nweb ended\n  Application ................... 0.0 s\n"
    )


def test_a_step_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), step("Database"):
        raise ValueError("no")
    assert re.fullmatch(r"  Database \.+ failed\n", capsys.readouterr().out)
