"""Hostile texts in chats: they mention nobody, are no markup, and stay within each service's limits."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from subscribers.channels import CHANNELS
from subscribers.channels.chat import Body, Chat
from subscribers.channels.chat_text import cut, lines, size, written
from subscribers.channels.slack import line as slack_line
from tests.subscribers.make import make_means, make_message, make_told
from tests.subscribers.wires import CHATS

PIECES = [
    *(
        "@here",
        "@everyone",
        "@channel",
        "@all",
        "x.@here",
        "-@channel",
        "(@everyone)",
        "@\u200bhere",
        "a@here",
    ),
    *("<!channel>", "<!here|x>", "<@U12345678>", "<@!1122334455>", "<@&1122334455>", "<#C123|general>"),
    *("<!subteam^S1|x>", "<!date^1^{date}|x>", "</ban:123456>", "<:x:123456>", "<t:1:R>", "&lt;!channel&gt;"),
    *("[click](https://evil.example/)", "[x](javascript:alert(1))", "![x](https://evil.example/t.png)"),
    *("<https://evil.example|safe>", "https://ok.example/@here", "https://ok.example/a|b>c", "<img src=x>"),
    *(
        "https://a.example/x)](https://evil.example/",
        "\\[x](https://evil.example/)",
        "\\",
        "`",
        "```",
        "~~",
        "||",
    ),
    *(
        "*",
        "**",
        "_",
        "#",
        "# Heading",
        "> quote",
        "- item",
        "1. one",
        "\n",
        "\n\n",
        "    code",
        "\u202egnp.exe",
    ),
    *(
        "\x00",
        "\x1b[2J",
        "\ud800",
        "\u2028",
        "\u200b",
        "é",
        "漢字",
        "🎉",
        "&",
        "<",
        ">",
        '"',
        "{{7*7}}",
        "%s",
    ),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=30).map("".join)
long_texts = st.tuples(texts, st.integers(1, 400)).map(lambda given: given[0] * given[1])

# What any of the services could take for a mention; links of our own begin with "<http".
MENTION = re.compile(
    r"(?<![A-Za-z0-9])@(?=[A-Za-z])|@(?:here|everyone|channel|all)\b|<(?:[!@#/:])", re.IGNORECASE
)


def posted(channel: str, **payload: Any) -> Body:
    chat = CHANNELS[channel]
    assert isinstance(chat, Chat)
    return chat.body(make_message(make_told(**payload)), make_means())


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def check_slack(body: Body) -> None:
    """docs.slack.dev, Block Kit reference."""
    assert set(body) == {"text", "unfurl_links", "unfurl_media", "blocks"}
    assert 0 < len(body["text"]) <= 4_000
    assert len(body["blocks"]) <= 50
    for block in body["blocks"]:
        assert block["type"] in ("header", "section", "context")
        for text in block.get("elements", [block.get("text")]):
            assert 0 < len(text["text"]) <= (150 if block["type"] == "header" else 3_000)
            assert text["type"] == ("plain_text" if block["type"] == "header" else "mrkdwn")
            if text["type"] == "mrkdwn":
                assert text["verbatim"] is True
                # Every "<" begins a link of ours, whole and to an address of the web.
                rest = re.sub(r"<(?:https?://|mailto:)[^<>|\s]+\|[^<>|]*>", "", text["text"])
                rest = "\n".join(each.removeprefix("> ") for each in rest.split("\n"))
                assert "<" not in rest
            assert not re.search(r"&(?!amp;|lt;|gt;)", text["text"]) or block["type"] == "header"


def check_discord(body: Body) -> None:
    """discord.com/developers, Embed limits."""
    assert body["allowed_mentions"] == {"parse": []}
    assert "content" not in body
    (embed,) = body["embeds"]
    assert 0 < size(embed["title"]) <= 256
    assert 0 < size(embed["description"]) <= 4_096
    assert size(embed["footer"]["text"]) <= 2_048
    assert len(embed["fields"]) <= 25
    total = size(embed["title"]) + size(embed["description"]) + size(embed["footer"]["text"])
    for each in embed["fields"]:
        assert 0 < size(each["name"]) <= 256
        assert 0 < size(each["value"]) <= 1_024
        total += size(each["name"]) + size(each["value"])
    assert total <= 6_000
    assert 0 <= embed["color"] <= 0xFFFFFF


def check_mattermost(body: Body) -> None:
    """7,600 characters of properties, as a Go server writes them."""
    assert set(body) == {"attachments"}
    written_in_go = re.sub(r"[<>&\u2028\u2029]", "\\\\u0000", json.dumps(body, ensure_ascii=False))
    assert len(written_in_go) <= 7_600
    (attachment,) = body["attachments"]
    assert attachment["fallback"]
    assert re.fullmatch(r"#[0-9A-F]{6}", attachment["color"])
    assert attachment["title_link"].startswith("https://status.example.com/")


def check_teams(body: Body) -> None:
    """28 KB; nothing that reads Markdown."""
    assert len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")) <= 28_000
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert "entities" not in card["msteams"]
    blocks = [*card["body"][0]["items"], *card["body"][1:]]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    for block in blocks:
        assert block["inlines"]
        for run in block["inlines"]:
            assert run["text"]
            assert "\n" not in run["text"]
            assert run.get("selectAction", {"url": "https://"})["url"].startswith(("http://", "https://"))


CHECKS = {
    "slack": check_slack,
    "teams": check_teams,
    "discord": check_discord,
    "mattermost": check_mattermost,
}
# What may stand outside a link: everything that a service would read as markup is escaped.
ESCAPED = re.compile(r"\\.", re.DOTALL)


@pytest.mark.parametrize("channel", CHATS)
@settings(deadline=None)
@given(title=texts, body=long_texts, name=texts, workaround=long_texts, components=st.integers(0, 60))
@example(
    title="@everyone " * 200, body="x" * 1_000_000, name="<!here>", workaround="# `" * 9_000, components=60
)
@example(title="", body="\ud800", name="", workaround="[a](https://x.example/(b)|c)", components=1)
def test_no_text_mentions_injects_or_exceeds(
    channel: str, title: str, body: str, name: str, workaround: str, components: int
) -> None:
    affected = {"id": "component001", "name": {"en": name}, "status": "major_outage"}
    made = posted(
        channel,
        title={"en": title},
        body={"en": body},
        workaround={"en": workaround},
        components=(affected,) * components,
    )

    CHECKS[channel](made)
    json.dumps(made, ensure_ascii=False).encode("utf-8", "replace")
    for text in strings(made):
        assert not MENTION.search(text), text
        assert "\u202e" not in text
        assert "\x00" not in text
    links = [text for text in strings(made) if "app.example.com" in text]
    assert links, "the way out is always there"


@pytest.mark.parametrize("channel", ["discord", "mattermost"])
@pytest.mark.parametrize(
    "text",
    [
        "\\[click](https://evil.example/)",
        "\\!\\[x](https://evil.example/t.png)",
        "\\*\\*bold\\*\\*",
        "&#91;click](https://evil.example/)",
    ],
)
def test_what_was_escaped_stays_text(channel: str, text: str) -> None:
    made = json.dumps(posted(channel, body={"en": text}), ensure_ascii=False).replace("\\\\", "\\")
    assert "\\[" in made or "\\*\\*bold" in made
    assert "](https://evil" not in re.sub(r"\\\]", "", made)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (
            "slack",
            "We *are* _looking_: <https://x.example/?a=1&amp;b=2|there> &amp; `a&lt;b`\n\n• one\n• two\n"
            "  1. deep\n\n> said\n\n```\nx &lt; 1\n```\n\n*Then*",
        ),
        (
            "discord",
            "We **are** *looking*: [there](https://x.example/?a=1&b=2) & `a<b`\n\n- one\n- two\n  1. deep\n\n"
            "> said\n\n```\nx < 1\n```\n\n**Then**",
        ),
    ],
)
def test_markdown_is_written_in_the_language_of_the_service(channel: str, expected: str) -> None:
    body = (
        "We **are** *looking*: [there](https://x.example/?a=1&b=2) & `a<b`\n\n- one\n- two\n  1. deep\n\n"
        "> said\n\n```\nx < 1\n```\n\n# Then"
    )
    made = posted(channel, body={"en": body})
    assert expected in "".join(strings(made))


@pytest.mark.parametrize("channel", CHATS)
def test_the_promise_and_the_workaround_come_first(channel: str) -> None:
    texts = {"scope": {"en": "Cards alone."}, "workaround": {"en": "Pay cash."}, "body": {"en": "A disk."}}
    said = "\n".join(strings(posted(channel, **texts)))
    order = ("Investigating", "Next update before", "Cards alone.", "Pay cash.", "A disk.")
    places = [said.index(each) for each in order]
    assert places == sorted(places)


@pytest.mark.parametrize("channel", CHATS)
@pytest.mark.parametrize("status", ["resolved", "completed"])
def test_what_is_over_promises_nothing(channel: str, status: str) -> None:
    said = "\n".join(strings(posted(channel, status=status, workaround={"en": "Pay cash."})))
    assert "Next update" not in said
    assert "Pay cash." not in said


@pytest.mark.parametrize("channel", CHATS)
def test_a_trial_of_staff_says_so_first(channel: str) -> None:
    told = make_told()
    trial = type(told)(**{name: getattr(told, name) for name in told.__dataclass_fields__} | {"test": True})
    chat = CHANNELS[channel]
    assert isinstance(chat, Chat)
    said = "\n".join(strings(chat.body(make_message(trial), make_means())))
    assert "Test: Investigating" in said
    assert said.index("This is a test") < said.index("Next update before")


@settings(deadline=None)
@given(body=long_texts, limit=st.integers(40, 4_000))
def test_a_cut_text_ends_with_an_ellipsis_and_fits(body: str, limit: int) -> None:
    whole = lines(body)
    said = written(whole, slack_line, limit)
    assert size(said) <= limit
    everything = written(whole, slack_line, 10**9)
    if size(everything) > limit:
        assert "…" in said[-8:]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("longer text", 8, "longer…"),
        ("🎉🎉🎉", 5, "🎉🎉…"),
        ("🎉🎉🎉", 4, "🎉…"),
        ("ab", 1, "…"),
    ],
)
def test_a_cut_ends_with_a_whole_character(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected
