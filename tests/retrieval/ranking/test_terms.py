"""Words of a text as the index keeps them."""

import pytest

from botcafe.retrieval.chunking import split_text
from botcafe.retrieval.terms import MAX_WORD_CHARACTERS, count_terms, fold_word, query_terms, split_words, term_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("candle", "candles"),
        ("city", "cities"),
        ("Noor", "Noor's"),
        ("Noor", "NOOR’S"),
        ("café", "cafe"),
        ("naïve", "naive"),
        ("straße", "strasse"),
        ("smørrebrød", "smorrebrod"),
        ("Łódź", "lodz"),
        ("œuvre", "oeuvre"),
        ("dont", "don't"),
        ("ﬁsh", "fish"),
        ("ＴＥＡ", "tea"),
        ("é", "e\u0301"),
    ],
)
def test_two_spellings_are_one_word(one: str, other: str) -> None:
    assert split_words(one) == split_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("glass", "glas"), ("bus", "bu"), ("this", "thi"), ("tea", "teas1"), ("car", "care"), ("gas", "gap")],
)
def test_two_words_stay_two(one: str, other: str) -> None:
    assert split_words(one) != split_words(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one two", ["one", "two"]),
        ("one,two;three", ["one", "two", "three"]),
        ("snake_case", ["snake_case"]),
        ("3.14", ["3", "14"]),
        ("e-mail", ["e", "mail"]),
        ("“quoted”", ["quoted"]),
        ("東京", ["東京"]),
        ("東", ["東"]),
        ("abc東京def", ["abc", "東京", "def"]),
        ("\n\t ", []),
        ("…!?", []),
    ],
)
def test_a_text_is_split_at_what_is_no_word(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_an_endless_word_is_cut() -> None:
    assert fold_word("x" * 500) == "x" * MAX_WORD_CHARACTERS


def test_a_word_has_the_same_number_every_time_and_others_have_others() -> None:
    assert term_id("tea") == term_id("tea")
    assert len({term_id(f"word{number}") for number in range(5000)}) == 5000


@pytest.mark.parametrize(("times", "count"), [(1.0, 12), (0.5, 6), (0.25, 3), (0.01, 1)])
def test_occurrences_are_counted_in_quarters_and_never_as_none(times: float, count: int) -> None:
    assert count_terms("tea tea teas", times)[term_id("tea")] == count


def test_a_query_has_each_word_once_in_order() -> None:
    assert list(query_terms("the tea, the Teas and THE cup").values()) == ["the", "tea", "and", "cup"]


@pytest.mark.parametrize("limit", [1, 3, 48])
def test_a_query_has_no_more_words_than_the_limit(limit: int) -> None:
    assert len(query_terms(" ".join(f"word{number}" for number in range(100)), limit)) == limit


@pytest.mark.parametrize("sort", ["lore", "memory", "legacy_memory", "document", "message"])
def test_a_short_text_is_one_piece(sort: str) -> None:
    (piece,) = split_text(" A short text. ", sort, 512)
    assert (piece.start, piece.end, piece.text) == (0, 15, " A short text. ")


@pytest.mark.parametrize("text", ["", " ", "\n\n"], ids=repr)
def test_an_empty_text_has_no_pieces(text: str) -> None:
    assert split_text(text, "lore", 512) == []


@pytest.mark.parametrize("sort", ["lore", "memory", "document"])
def test_pieces_of_a_long_text_are_where_they_say(sort: str) -> None:
    text = "".join(f"Sentence number {number} tells of the sea. " for number in range(600))
    pieces = split_text(text, sort, 512)
    assert len(pieces) > 3
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    assert [piece.start for piece in pieces] == sorted({piece.start for piece in pieces})
