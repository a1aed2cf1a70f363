"""HTTP: what an answer must be to mean up, and what is told of one that is not."""

import asyncio
import datetime
import json
import ssl

import pytest
import trustme

from monitors.outbound import Exchange, Timings
from monitors.probes import PROBES, Outcome, Result
from monitors.probes.base import EXCERPT, PHASES, Finding
from monitors.probes.pace import Pace
from monitors.reasons import Reason
from tests.monitors.targets import HEAD, answering, dripping, redirecting, response, serving
from tests.monitors.web import LOOPBACK, check

HTML = "<title>Bienvenue à bord</title>"


def page(status: str = "200 OK", body: str = HTML, **headers: str) -> bytes:
    return response(status, body.encode(), **headers)


def test_a_text_must_be_there() -> None:
    assert check(page(), text_present="Bienvenue à bord").outcome.result is Result.UP
    missing = check(page(), text_present="bienvenue").outcome
    assert (missing.result, missing.reason, missing.status_code) == (Result.DOWN, "text_missing", 200)
    assert missing.facts == {"text": "bienvenue"}


def test_a_text_must_not_be_there() -> None:
    assert check(page(), text_absent="Error").outcome.result is Result.UP
    present = check(page(), text_absent="bord</t").outcome
    assert (present.result, present.reason) == (Result.DOWN, "text_present")


def test_the_charset_of_the_answer_counts() -> None:
    latin = response("200 OK", "déjà".encode("latin-1"), Content_Type="text/plain; charset=ISO-8859-1")
    assert check(latin, text_present="déjà").outcome.result is Result.UP
    quoted = response("200 OK", "déjà".encode("utf-16"), Content_Type='text/plain; Charset="utf-16"')
    assert check(quoted, text_present="déjà").outcome.result is Result.UP
    for odd in ("punycode", "zlib", "idna", "utf-7", "unknown", ""):
        raw = response("200 OK", "déjà".encode(), Content_Type=f"text/plain; charset={odd}")
        assert check(raw, text_present="déjà").outcome.result is Result.UP


def test_only_the_first_64_kib_are_looked_at() -> None:
    body = b"x" * 65_536 + b"needle"
    assert check(response(body=body), text_absent="needle").outcome.result is Result.UP
    assert check(response(body=body), text_present="needle").outcome.reason == "text_missing"


def test_json_must_meet_every_condition() -> None:
    answer = response(body=b'{"status": "degraded", "queue": 12}')
    assert check(answer, json="status == degraded\nqueue < 20").outcome.result is Result.UP
    unmet = check(answer, json="queue < 20\nstatus == ok\nqueue > 100").outcome
    assert (unmet.result, unmet.reason) == (Result.DOWN, "json_value")
    assert unmet.facts == {"condition": "status == ok", "found": '"degraded"'}


def test_a_secret_in_what_was_found_is_not_told_by_cutting_it() -> None:
    for before in range(60, 201, 7):
        echo = json.dumps({"echo": "x" * before + "t0ken-canary-0123456789" + "y" * 200}).encode()
        unmet = check(response(body=echo), json="echo == ok", token="t0ken-canary-0123456789").outcome
        assert unmet.reason == "json_value"
        assert not {"t0k", "789"} & {unmet.facts["found"][at : at + 3] for at in range(200)}


def test_json_that_is_too_deep_to_compare_is_no_json_that_can_be_read() -> None:
    typed = {"url": "https://example.com/", "json": "[?a==b] == 1"}
    expected = PROBES["http"].parse(typed, LOOPBACK).expected
    for depth in range(700, 1_000):
        value = b"[" * depth + b"]" * depth
        answer = Exchange(200, {}, b'[{"a": %b, "b": %b}]' % (value, value), "", Timings(0, 0, 0, 0, 0, 0))
        assert expected.judge(answer).reason in (Reason.JSON_VALUE, Reason.JSON_INVALID)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1', b"[" * 60_000, b'{"a": NaN}', b"\xff\xfe\x00"])
def test_what_is_no_json_is_down_by_that_name(body: bytes) -> None:
    outcome = check(response(body=body), json="a == 1").outcome
    assert (outcome.result, outcome.reason) == (Result.DOWN, "json_invalid")


def test_json_that_takes_too_long_to_look_through_is_none_that_can_be_read() -> None:
    body = b"[" + b"{}," * 20_000 + b"{}]"
    outcome = check(response(body=body), json="length([?!a && !b && !c]) == 1").outcome
    assert outcome.reason == "json_invalid"


def test_the_status_says_more_than_the_content() -> None:
    outcome = check(page("503 Service Unavailable"), text_present="nothing", json="a == 1").outcome
    assert (outcome.reason, outcome.status_code) == ("status", 503)


@pytest.mark.parametrize(
    ("degraded", "down", "took", "found"),
    [
        ("", "", 60_000.0, Finding()),
        ("500", "", 500.0, Finding()),
        ("500", "", 500.1, Finding(Reason.SLOW, degraded=True)),
        ("500", "2000", 2000.0, Finding(Reason.SLOW, degraded=True)),
        ("500", "2000", 2000.5, Finding(Reason.SLOW)),
        ("", " 2000 ", 1999.0, Finding()),
        ("", "2000", 2001.0, Finding(Reason.SLOW)),
    ],
)
def test_the_time_of_an_answer_has_limits(degraded: str, down: str, took: float, found: Finding) -> None:
    judged = Pace.parse(degraded, down, ("a", "b")).judge(took)
    assert (judged.reason, judged.degraded) == (found.reason, found.degraded)
    if found.reason:
        limit = degraded if found.degraded else down
        assert judged.facts == {"milliseconds": str(round(took)), "limit": limit.strip()}


def test_a_slow_answer_is_degraded_and_a_slower_one_down() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(page())
        await writer.drain()

    degraded = check(talk, degraded_ms="20").outcome
    assert (degraded.result, degraded.reason) == (Result.DEGRADED, "slow")
    down = check(talk, degraded_ms="10", down_ms="20").outcome
    assert (down.result, down.reason) == (Result.DOWN, "slow")
    assert check(talk, degraded_ms="60000").outcome.result is Result.UP


def test_what_is_wrong_outweighs_what_is_slow() -> None:
    assert check(page(), text_present="nothing", degraded_ms="1").outcome.reason == "text_missing"


# Redirects


def test_elsewhere_means_down_where_only_the_site_itself_counts() -> None:
    outcome = check(redirecting("https://parked.example/"), redirects="same-origin").outcome
    assert (outcome.result, outcome.reason, outcome.status_code) == (Result.DOWN, "redirect", 302)
    assert "location: https://parked.example/" in outcome.excerpt


def test_not_followed_a_redirect_is_judged_by_its_status() -> None:
    talk = redirecting("http://169.254.169.254/", "301 Moved Permanently")
    assert check(talk, redirects="none").outcome.result is Result.UP
    outcome = check(talk, redirects="none", expected_statuses="200").outcome
    assert (outcome.reason, outcome.status_code) == ("status", 301)


@pytest.mark.parametrize("policy", ["follow", "same-origin", "none"])
def test_a_redirect_of_what_is_sent_is_an_answer(policy: str) -> None:
    outcome = check(
        redirecting("/thanks", "303 See Other"), method="POST", body="x", redirects=policy
    ).outcome
    assert (outcome.result, outcome.status_code) == (Result.UP, 303)


def test_a_loop_within_the_site_is_down() -> None:
    assert check(redirecting("/again"), redirects="same-origin").outcome.reason == "too_many_redirects"


# Evidence


def test_what_came_is_kept_of_a_failure_alone() -> None:
    assert check(page()).outcome.excerpt == ""
    failed = check(page("500 Internal Server Error", Server="tiny", Set_Cookie="session=1")).outcome
    lines = failed.excerpt.split("\n")
    assert lines[0] == "HTTP/1.1 500 Internal Server Error"
    assert "server: tiny" in lines
    assert lines[-2:] == ["", HTML]
    assert "session=1" not in failed.excerpt


def test_the_first_ten_kilobytes_of_it() -> None:
    failed = check(response("500 Oh", b"\x00\xff" + b"y" * 60_000)).outcome
    assert len(failed.excerpt) == EXCERPT
    assert failed.excerpt.endswith("y")
    assert "\x00" not in failed.excerpt


def test_a_secret_at_the_very_edge_is_not_half_kept() -> None:
    for before in range(EXCERPT - 120, EXCERPT):
        failed = check(response("500 Oh", b"y" * before + b"s3cret-t0ken"), token="s3cret-t0ken").outcome
        assert "s3cret" not in failed.excerpt
        if before > EXCERPT - 100:
            break


def test_every_answer_has_its_phases() -> None:
    for outcome in (check(page()).outcome, check(page("500 Oh")).outcome):
        assert len(outcome.phases) == len(PHASES)
        assert sum(outcome.phases) <= outcome.duration_ms + 1


def test_a_check_that_ends_at_its_deadline_still_tells_its_phases() -> None:
    async def run() -> Outcome:
        async with serving(dripping(HEAD + b"Content-Length: 1000\r\n\r\n", b"x")) as target:
            config = PROBES["http"].parse({"url": target.url()}, LOOPBACK)
            return await PROBES["http"].run(config, 1, LOOPBACK)

    outcome = asyncio.run(run())
    assert (outcome.result, outcome.reason) == (Result.DOWN, "timeout")
    assert outcome.phases[PHASES.index("transfer")] > 0


# Certificates


def test_an_untrusted_certificate_is_down_unless_it_is_not_checked() -> None:
    issued = trustme.CA().issue_cert(
        "127.0.0.1", not_after=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)

    async def run(verify: str) -> Outcome:
        async with serving(answering(page()), tls=context) as target:
            settings = {"url": target.url(scheme="https"), "verify": verify}
            config = PROBES["http"].parse(settings, LOOPBACK)
            return await PROBES["http"].run(config, 20, LOOPBACK)

    assert asyncio.run(run("yes")).reason == "tls_untrusted"
    outcome = asyncio.run(run("no"))
    assert outcome.result is Result.UP
    assert outcome.phases[PHASES.index("tls")] > 0
