"""What staff write reaches readers as harmless HTML and readable text, whatever it holds."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.markdown import TAGS, to_html, to_text


class Seen(HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(html: str) -> None:
    for tag, attributes in Seen(html).tags:
        assert tag in TAGS
        assert set(attributes) <= {"href", "title", "rel", "start"}
        if tag == "a":
            assert re.match(r"(https?://|mailto:)[^/\\]", attributes["href"] or "", re.IGNORECASE)
            assert attributes["rel"] == "nofollow noopener"


HOSTILE = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](https:evil.example)",
    "[x](https:///evil.example)",
    "[x](relative)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg/onload=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![![x](https://a.example/1.png)](https://a.example/2.png)",
    "[![x](https://a.example/1.png)](https://a.example/)",
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "```<script>\nalert(1)\n```",
    "<!-- x --><style>*{}</style>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\x00<scr\x00ipt>",
    "&lt;script&gt;",
    "<iframe src=//evil.example>\n\n# <b onclick=x>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_neutralises_hostile_text(text: str) -> None:
    html = to_html(text)
    assert_harmless(html)
    assert "img" not in {tag for tag, _attributes in Seen(html).tags}


@pytest.mark.parametrize("text", HOSTILE[:17])
def test_a_refused_link_stays_visible_as_text(text: str) -> None:
    assert "<a " not in to_html(text) or "[x]:" in text


def test_raw_html_is_shown_as_text() -> None:
    text = "before <b>bold</b> <script>alert(1)</script>"
    assert Seen(to_html(text)).text == text
    assert to_text(text) == text


def test_an_image_leaves_its_description() -> None:
    assert to_html("see ![the **graph**](https://a.example/g.png)") == "<p>see the graph</p>"
    assert to_text("see ![the **graph**](https://a.example/g.png)") == "see the graph"


def test_a_heading_is_a_bold_paragraph() -> None:
    assert to_html("# What *happened*\ntext") == (
        "<p><strong>What <em>happened</em></strong></p>\n<p>text</p>"
    )


def test_line_breaks_stay_where_they_were_written() -> None:
    assert to_html("one\r\ntwo\rthree") == "<p>one<br>\ntwo<br>\nthree</p>"
    assert to_text("one\r\ntwo\rthree") == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a [guide](https://a.example/?x=1&y=2) b", "a guide (https://a.example/?x=1&y=2) b"),
        ("<https://a.example/>", "https://a.example/"),
        ("<me@a.example>", "me@a.example"),
        ("[write](mailto:me@a.example)", "write (me@a.example)"),
        ("**bold** *soft* `code`", "bold soft code"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> quoted\n> twice", "> quoted\n> twice"),
        ("```sh\nls -l\n```", "    ls -l"),
        ("a\n\n---\n\nb", "a\n\n---\n\nb"),
        ("", ""),
    ],
)
def test_plain_text_reads_well(text: str, plain: str) -> None:
    assert to_text(text) == plain


def test_a_list_keeps_its_first_number() -> None:
    assert '<ol start="3">' in to_html("3. a\n4. b")


def test_control_characters_are_left_out() -> None:
    assert to_html("a\x00b\x1b[31mc\ud800d\ufffe\x85") == "<p>ab[31mcd</p>"
    assert to_text("a\x00b\x07") == "ab"


@pytest.mark.parametrize("piece", ["x", "[", "![", "*a _b ", "[a](", "> ", "<", "` `` ", "<script>", "\n\n"])
def test_a_megabyte_is_shown_as_plain_text(piece: str) -> None:
    text = (piece * 1_000_000)[:1_000_000]
    html = to_html(text)
    assert {tag for tag, _attributes in Seen(html).tags} <= {"p", "br"}
    assert to_text(text) == text.strip()


@given(st.text(max_size=300))
def test_any_text_becomes_harmless_html_and_a_text(text: str) -> None:
    assert_harmless(to_html(text))
    to_text(text).encode()


WORDS = (
    "javascript:",
    "https://",
    "//",
    "a.example",
    "data:",
    "mailto:",
    "script",
    "img",
    "onerror=",
    "&#106;",
)
PIECES = st.sampled_from([*"[]()!<>\"'`*_\\&#\n\t\x00 😀", "- ", "1. ", "> ", "[x]:", *WORDS])


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_mixture_of_markup_is_harmless(text: str) -> None:
    assert_harmless(to_html(text))
    to_text(text).encode()
