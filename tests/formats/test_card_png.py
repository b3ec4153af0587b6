"""Reading cards from PNG text chunks."""

import base64
import zlib

import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.errors import FormatError
from tests.formats.fixtures import END, HEADER, PICTURE, PIXELS, SIGNATURE, as_json, chunk, png, text, v1, v2, v3


def refused_code(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        read_card(data)
    return caught.value.code


@pytest.mark.parametrize(("card", "spec"), [(v1(), "v1"), (v2(), "v2"), (v3(), "v3")])
def test_the_chara_chunk_may_hold_any_version(card: object, spec: str) -> None:
    read = read_card(png(text(b"chara", card)))
    assert (read.spec, read.name, read.raw) == (spec, "Olga", card)


def test_the_picture_comes_without_card_chunks() -> None:
    note = chunk(b"tEXt", b"Title\x00kept")
    read = read_card(png(note, text(b"chara", v2()), text(b"ccv3", v2())))
    assert read.picture == png(note)
    assert read.warnings == ()


def test_ccv3_is_preferred_to_chara() -> None:
    read = read_card(png(text(b"chara", v2(name="Old")), text(b"ccv3", v3(name="New", modification_date=0))))
    assert (read.name, read.warnings) == ("New", ())


@pytest.mark.parametrize("broken", [b"ccv3\x00%%%", b"ccv3\x00e30x", b"ccv3\x00" + base64.b64encode(b"{}")])
def test_chara_is_read_if_ccv3_does_not_parse(broken: bytes) -> None:
    read = read_card(png(chunk(b"tEXt", broken), text(b"chara", v2())))
    assert read.spec == "v2"
    assert read.warnings[0].startswith("A PNG chunk named ccv3 was skipped")


def test_the_keyword_is_compared_without_case() -> None:
    assert read_card(png(text(b"Chara", v2()))).name == "Olga"


def test_a_card_before_the_pixels_is_found() -> None:
    assert read_card(SIGNATURE + HEADER + text(b"chara", v2()) + PIXELS + END).picture == PICTURE


@pytest.mark.parametrize(
    "data",
    [
        b"chara\x00" + base64.urlsafe_b64encode(as_json(v2())).rstrip(b"="),
        b"chara\x00" + base64.encodebytes(as_json(v2())),
        b"chara\x00" + as_json(v2()),
    ],
    ids=["url alphabet", "line breaks", "plain JSON"],
)
def test_sloppy_encodings_are_understood(data: bytes) -> None:
    assert read_card(png(chunk(b"tEXt", data))).name == "Olga"


@pytest.mark.parametrize(
    ("kind", "start", "is_packed"),
    [
        (b"zTXt", b"chara\x00\x00", True),
        (b"iTXt", b"chara\x00\x00\x00en\x00Figur\x00", False),
        (b"iTXt", b"chara\x00\x01\x00\x00\x00", True),
    ],
)
def test_other_text_chunks_are_read_too(kind: bytes, start: bytes, is_packed: bool) -> None:
    body = base64.b64encode(as_json(v2()))
    assert read_card(png(chunk(kind, start + (zlib.compress(body) if is_packed else body)))).name == "Olga"


def test_a_wrong_checksum_is_a_warning() -> None:
    body = b"chara\x00" + base64.b64encode(as_json(v2()))
    read = read_card(png(chunk(b"tEXt", body, is_damaged=True)))
    assert read.warnings[0].startswith("The checksum of the PNG chunk tEXt")
    assert read.picture == PICTURE


@pytest.mark.parametrize(("cut", "count"), [(1, 1), (4, 1), (12, 1), (15, 2), (20, 1)])
def test_a_cut_end_after_the_card_is_a_warning(cut: int, count: int) -> None:
    read = read_card(png(text(b"chara", v2()), chunk(b"tEXt", b"last\x00one"))[:-cut])
    assert read.picture is not None
    assert read.picture.endswith(END)
    assert len(read.warnings) == count


def test_noise_after_the_card_is_a_warning() -> None:
    assert len(read_card(SIGNATURE + HEADER + PIXELS + text(b"chara", v2()) + bytes(40)).warnings) == 1


def test_bytes_after_the_end_are_left_out() -> None:
    read = read_card(png(text(b"chara", v2())) + b"tail")
    assert (read.picture, read.warnings) == (PICTURE, ("4 bytes after the end of the PNG were left out.",))


def test_a_png_without_pixels_still_gives_its_card() -> None:
    read = read_card(SIGNATURE + text(b"chara", v2()) + END)
    assert (read.name, read.picture) == ("Olga", None)
    assert read.warnings == ("The PNG holds no picture; only the card was read.",)


def test_embedded_assets_are_left_out_with_a_warning() -> None:
    read = read_card(png(chunk(b"tEXt", b"chara-ext-asset_:a.png\x00AAAA"), text(b"chara", v2())))
    assert read.picture == PICTURE
    assert read.warnings == ("1 text chunks with additional assets were left out.",)


def test_the_first_readable_chunk_of_several_counts() -> None:
    read = read_card(png(chunk(b"tEXt", b"chara\x00?"), text(b"chara", v2(name="A")), text(b"chara", v2(name="B"))))
    assert read.name == "A"
    assert read.warnings[0].startswith("The PNG has 3 chunks named chara")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PICTURE, "not_a_card"),
        (PICTURE[:-20], "broken_png"),
        (SIGNATURE, "broken_png"),
        (png(chunk(b"tEXt", b"chara\x00a")), "broken_chunk"),
        (png(chunk(b"tEXt", b"chara")), "broken_json"),
        (png(chunk(b"iTXt", b"chara\x00\x00\x00en")), "broken_json"),
        (png(chunk(b"zTXt", b"chara\x00\x00nope")), "broken_chunk"),
        (png(chunk(b"tEXt", b"chara\x00rcc||rccv1||abc")), "encrypted"),
        (png(text(b"chara", v2(name=""))), "no_name"),
        (png(text(b"chara", [v2()])), "not_a_card"),
    ],
)
def test_a_png_without_a_readable_card_is_refused(data: bytes, code: str) -> None:
    assert refused_code(data) == code
