"""The reading settings of a device: kept in cookies, of known values alone, and painted by the server."""

import pytest
from django.test import Client

from botcafe.web.shell.looks import READING, Look
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import page, post

CHOSEN = {"text-size": "very-large", "story": "serif", "chat-width": "wide", "avatars": "none", "tint": "off"}


def root_of(text: str) -> str:
    """The first tag of a page."""
    return text[text.index("<html") : text.index("<head")].strip()


def test_a_new_device_has_the_usual_look(cast: Cast) -> None:
    assert root_of(page(signed_in(cast.alice), "/account")) == '<html lang="en">'


def test_choices_without_a_script_are_kept_and_painted(cast: Cast) -> None:
    client = signed_in(cast.alice)
    before = everything()
    assert post(client, "/account/reading", **CHOSEN) == (302, "/account#reading")
    assert changed(before) == {}, "the device keeps them, no row does"
    shown = page(client, "/account")
    assert (
        root_of(shown) == '<html lang="en"' + "".join(f' data-{name}="{value}"' for name, value in CHOSEN.items()) + ">"
    )
    assert "The reading settings of this device are saved." in shown
    for name, value in CHOSEN.items():
        assert f'name="{name}" value="{value}" checked>' in shown
    post(client, "/account/reading", **dict.fromkeys(CHOSEN, ""))
    assert root_of(page(client, "/account")) == '<html lang="en">'


@pytest.mark.parametrize("look", READING, ids=[look.name for look in READING])
def test_a_value_that_is_not_offered_changes_nothing(cast: Cast, look: Look) -> None:
    client = signed_in(cast.alice)
    post(client, "/account/reading", **CHOSEN)
    assert post(client, "/account/reading", **{**dict.fromkeys(CHOSEN, ""), look.name: 'x" onload="'}) == (
        302,
        "/account#reading",
    )
    shown = page(client, "/account")
    assert f"{look.label} was not changed: choose one of" in shown
    assert {each: client.cookies[each].value for each in CHOSEN} == CHOSEN


def test_a_cookie_of_another_value_counts_as_none(cast: Cast) -> None:
    client = signed_in(cast.alice)
    client.cookies["text-size"] = "huge"
    client.cookies["theme"] = "dark"
    assert root_of(page(client, "/account")) == '<html lang="en" data-theme="dark">'


def test_strangers_are_sent_to_sign_in_and_get_no_cookie(cast: Cast) -> None:
    visitor = Client()
    status, where = post(visitor, "/account/reading", tint="off")
    assert (status, where) == (302, "/login?next=/account/reading")
    assert "tint" not in visitor.cookies


def test_the_settings_are_changed_by_forms_alone(cast: Cast) -> None:
    assert signed_in(cast.alice).get("/account/reading?tint=off").status_code == 405
