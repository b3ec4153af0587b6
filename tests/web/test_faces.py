"""Who has no picture has a drawn face: the same everywhere, unlike its neighbours, of parts that exist."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from botcafe.web.templatetags.faces import PARTS, face
from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page


def test_a_face_is_always_the_same_and_no_other_in_a_long_list() -> None:
    names = [f"Bot {number}" for number in range(200)]
    faces = [face(name, number) for number, name in enumerate(names)]
    assert faces == [face(name, number) for number, name in enumerate(names)]
    # The tint goes by the number, too.
    assert len({(drawn, number % 10) for number, drawn in enumerate(faces)}) == 200


def test_namesakes_differ_and_faces_alone_hardly_ever_agree() -> None:
    """Without their tint, too."""
    assert len({face("Mocha", number) for number in range(50)}) == 50
    assert len({face(f"Guest {number}", number) for number in range(1000)}) > 950


def test_every_part_is_drawn() -> None:
    drawings = Path(str(finders.find("shell/faces.svg"))).read_text()
    assert set(re.findall(r'id="([a-z]+-\d+)"', drawings)) == {
        f"{part}-{n}" for part, count in PARTS.items() for n in range(count)
    }


@pytest.mark.parametrize(("name", "shown"), [("Zoë", "Z"), ("<b>", "&lt;"), ("", "?"), (None, "?")])
def test_ones_own_is_the_first_letter(name: str | None, shown: str) -> None:
    assert face(name, "u") == shown


@pytest.mark.django_db
def test_a_bot_without_a_picture_has_its_face_in_lists_and_on_its_page(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data(name="<i>Mocha</i>", slug="mocha-1"))
    drawn = str(face(bot["name"], bot["id"]))
    assert drawn in page(signed_in(cast.alice), "/bots/mine")
    assert drawn in page(signed_in(cast.alice), "/bots/mocha-1")
