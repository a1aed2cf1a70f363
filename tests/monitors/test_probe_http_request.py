"""HTTP: what is sent, to whom, and which settings are refused together."""

import asyncio
from base64 import b64encode

import pytest

from monitors.network.guard import NOTHING
from monitors.probes import PROBES, ConfigError, Result
from tests.monitors.targets import CURRENT, Talk, answering, redirecting, request_of, response, serving
from tests.monitors.web import LOOPBACK, check

URL = {"url": "https://example.com/"}


def refused(**settings: str) -> ConfigError:
    with pytest.raises(ConfigError) as refusal:
        PROBES["http"].parse(URL | settings, NOTHING)
    return refusal.value


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_method_is_sent(method: str) -> None:
    checked = check(response(body=b"" if method == "HEAD" else b"ok"), method=method)
    assert checked.outcome.result is Result.UP
    assert checked.target.heads[0].startswith(f"{method} / HTTP/1.1\r\n")


def test_an_address_alone_sends_nothing_of_its_own() -> None:
    checked = check(response())
    names = {line.partition(":")[0].lower() for line in checked.target.heads[0].split("\r\n")[1:] if line}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert checked.bodies == [""]


def test_headers_are_sent_as_they_are_written() -> None:
    checked = check(
        response(),
        headers="Accept: text/html\r\nX-Empty:\n\nuser-agent:  ours ",
        secret_headers="X-Key: sésame",
    )
    assert checked.header("Accept") == "text/html"
    assert checked.header("X-Empty") == ""
    assert checked.header("User-Agent") == "ours"
    assert checked.header("X-Key") == "sésame"


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        ('{"query": "{ up }"}', "", "application/json"),
        ("a=1&b=2", "", "text/plain; charset=utf-8"),
        ("[" * 5_000, "", "text/plain; charset=utf-8"),
        ("a=1&b=2", "content-type: application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
    ],
)
def test_content_is_sent_as_what_it_is(body: str, headers: str, kind: str) -> None:
    checked = check(response(), method="POST", body=body, headers=headers)
    assert checked.bodies == [body]
    assert checked.header("Content-Type") == kind


def test_lines_of_content_end_as_they_do_outside_of_forms() -> None:
    assert check(response(), method="PUT", body="é\r\n\r\nb\tc").bodies == ["é\n\nb\tc"]


def test_a_user_name_and_a_password_sign_in() -> None:
    said = b64encode("ada:pâss:word".encode()).decode()
    assert check(response(), username="ada", password="pâss:word").header("Authorization") == f"Basic {said}"
    assert check(response(), username="key").header("Authorization") == "Basic a2V5Og=="


def test_a_token_signs_in() -> None:
    assert check(response(), token=" eyJ.a-b_c/+~= ").header("Authorization") == "Bearer eyJ.a-b_c/+~="


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "x"}, "username"),
        ({"username": "ada", "token": "x"}, "token"),
        ({"headers": "X-Key: 1", "secret_headers": "x-key: 2"}, "secret_headers"),
        ({"secret_headers": "Authorization: x", "token": "x"}, "token"),
        ({"secret_headers": "authorization: x", "username": "ada"}, "username"),
        ({"method": "HEAD", "text_present": "x"}, "text_present"),
        ({"method": "HEAD", "text_absent": "x"}, "text_absent"),
        ({"method": "HEAD", "json": "a == 1"}, "json"),
        ({"method": "HEAD", "body": "x"}, "body"),
        ({"degraded_ms": "500", "down_ms": "500"}, "down_ms"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(typed: dict[str, str], field: str) -> None:
    assert refused(**typed).field == field


def test_no_header_can_be_smuggled_into_a_setting_of_one_line() -> None:
    for name in ("url", "username", "password", "token", "text_present"):
        assert refused(**{name: "a\r\nX-Evil: 1", "username": "a"} | {name: "a\r\nX-Evil: 1"}).field == name


def talk_of_two(first: bytes, then: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        CURRENT[talk].heads.append(await request_of(reader))
        writer.write(first if len(CURRENT[talk].heads) == 1 else then)
        await writer.drain()

    return talk


def test_within_the_site_a_redirect_is_followed_with_all_that_was_said() -> None:
    talk = talk_of_two(response("302 Found", b"", Location="/in"), response())
    for policy in ("follow", "same-origin"):
        checked = check(talk, token="t0ken", redirects=policy)
        assert checked.outcome.result is Result.UP
        assert [head.split()[1] for head in checked.target.heads] == ["/", "/in"]
        assert checked.target.header("Authorization", 1) == "Bearer t0ken"


def test_elsewhere_nothing_goes_along() -> None:
    async def run() -> None:
        async with (
            serving(answering(response())) as other,
            serving(redirecting(other.url("/elsewhere"))) as target,
        ):
            settings = {
                "url": target.url(),
                "body": "s3cret content",
                "username": "ada",
                "password": "s3cret",
                "secret_headers": "X-Key: s3cret",
                "headers": "X-Other: s3cret",
            }
            config = PROBES["http"].parse(settings, LOOPBACK)
            outcome = await PROBES["http"].run(config, 20, LOOPBACK)
        assert outcome.result is Result.UP
        assert target.header("X-Key") == "s3cret"
        assert "s3cret" not in other.heads[0]
        assert other.header("Authorization") is None
        assert other.header("Content-Length") is None
        assert other.header("Content-Type") is None

    asyncio.run(run())
