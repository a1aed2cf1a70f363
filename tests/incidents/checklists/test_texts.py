"""Texts for social networks: never too long, never without the whole link, cut between words."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.checklists.texts import LONG, SHORT, Parts, counted, cut, ready, weight

LINK = "https://status.example.com/incidents/0123456789ab/"
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=700)


@given(words, words, words, st.sampled_from([SHORT, LONG]))
def test_a_text_fits_and_ends_with_the_whole_link(head: str, body: str, more: str, limit: int) -> None:
    text = ready(Parts(head, body, more, LINK), limit)
    assert text.endswith(LINK)
    assert counted(text, LINK) <= limit


def test_what_fits_is_said_whole() -> None:
    parts = Parts("Acme – Identified: Payments fail", "We found it.", "Next update before 15:00.", LINK)
    assert ready(parts, SHORT) == (
        f"Acme – Identified: Payments fail\n\nWe found it.\n\nNext update before 15:00.\n\n{LINK}"
    )


def test_a_long_text_is_cut_between_words() -> None:
    text = ready(Parts("Acme: down", "word " * 200, "", LINK), SHORT)
    assert "word…" in text
    assert "wor…" not in text


def test_letters_beyond_the_usual_alphabets_count_twice_and_a_short_link_as_a_long_one() -> None:
    assert weight("aé’–") == 4
    assert weight("漢字🎉") == 6
    assert counted("Hi https://a.io/", "https://a.io/") == 3 + 23


def test_one_endless_word_is_broken() -> None:
    assert cut("x" * 50, 10) == "x" * 9 + "…"
