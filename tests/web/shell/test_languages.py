"""Pages and mails speak the language that an account has chosen, else the browser's; the API speaks English."""

import re
from collections.abc import Iterator
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from botcafe.areas.accounts import jobs
from botcafe.areas.accounts.collections.access_token import AccessToken
from botcafe.cms.schema.collection import get_collection
from botcafe.web.shell.presenters import start_of_day
from tests.people import PASSWORD, Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

LONGER, RIGHT_TO_LEFT = "en-xa", "en-xb"
PAGE = "/account/access"
LATE = "2026-11-30T23:30:00.000Z"


@pytest.fixture(autouse=True)
def languages() -> Iterator[None]:
    """A café that offers the two languages of the tests beside English."""
    offered = [("en", "English"), (LONGER, "Accented"), (RIGHT_TO_LEFT, "Right to left")]
    with override_settings(LANGUAGES=offered):
        yield


def heading(client: Client, path: str) -> str:
    """The first heading of a page."""
    return unescape(re.sub(r"<[^>]+>", "", re.findall(r"<h1[^>]*>(.*?)</h1>", page(client, path))[0])).strip()


def test_a_page_speaks_the_language_of_the_browser(cast: Cast) -> None:
    english, accented = Client(), Client(headers={"accept-language": "en-XA,en;q=0.5"})
    assert heading(english, "/login") == "Welcome back"
    assert heading(accented, "/login") == "Wéłçómé báçk · ·"
    answer = accented.get("/login")
    assert answer["Content-Language"] == LONGER
    assert "Accept-Language" in answer["Vary"]


def test_what_nobody_offers_is_english(cast: Cast) -> None:
    assert heading(Client(headers={"accept-language": "xx-YY, tlh;q=0.9"}), "/login") == "Welcome back"


def test_the_choice_of_an_account_outranks_the_browser_on_every_device(cast: Cast) -> None:
    ada = signed_in(cast.ada)
    assert post(ada, f"{PAGE}/language", language=LONGER) == (302, PAGE)
    assert heading(ada, PAGE) == "Défáúłtš áñd áççéšš · · ·"
    other = Client(headers={"accept-language": "en"})
    other.post("/login", {"email": "ada@cafe.test", "password": PASSWORD})
    assert heading(other, PAGE) == "Défáúłtš áñd áççéšš · · ·"
    assert post(ada, f"{PAGE}/language", language="") == (302, PAGE)
    assert heading(ada, PAGE) == "Defaults and access"


def test_a_language_that_is_not_offered_is_refused(cast: Cast) -> None:
    refused(signed_in(cast.ada), f"{PAGE}/language", language="tlh")


@override_settings(EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend")
def test_a_mail_speaks_the_language_of_its_account(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    post(signed_in(cast.ada), f"{PAGE}/language", language=LONGER)
    capsys.readouterr()
    jobs.send_welcome_mail.func("ada@cafe.test", "Ada")
    assert "Héłłó Ada" in capsys.readouterr().out
    jobs.send_welcome_mail.func("nobody@example.org", "Bo")
    assert "Hello Bo," in capsys.readouterr().out


def test_the_api_speaks_english(cast: Cast) -> None:
    status, answer = cast.ada.ask(
        "GET", "/api/bot/999999", HTTP_ACCEPT_LANGUAGE=LONGER, HTTP_COOKIE=f"language={LONGER}"
    )
    assert status == 404
    assert answer["errors"][0]["message"] == "Not Found"


def test_dates_stand_in_the_time_zone_that_was_chosen(cast: Cast) -> None:
    ada = signed_in(cast.ada)
    post(ada, f"{PAGE}/time-zone", time_zone="Asia/Kathmandu")
    assert ada.cookies["time_zone"].value == "Asia/Kathmandu"
    ada.cookies["time_zone"] = "../../etc/passwd"
    assert heading(ada, PAGE) == "Defaults and access"


def test_messages_have_the_clock_and_the_days_of_their_reader(cast: Cast) -> None:
    bot = cast.ada.make("bot", bot_data(greeting="Hello."))
    _, chat = cast.ada.ask("POST", "/api/account/chats", {"bot": bot["slug"]})
    messages = get_collection("message").model.objects.filter(conversation=chat["id"])
    assert messages.update(created_at=LATE) == 1
    ada = signed_in(cast.ada)
    for zone, clock, day in (("", "23:30", "30 November 2026"), ("Asia/Kathmandu", "05:15", "1 December 2026")):
        ada.cookies["time_zone"] = zone
        shown = page(ada, f"/chats/{chat['id']}")
        assert re.findall(r'<time\s+datetime="2026-11-30T23:30:00\+00:00">([^<]*)</time>', shown)[-1:] == [clock]
        assert re.findall(r'<li class="day"><time[^>]*>([^<]*)</time>', shown) == [day]


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        ("2026-12-01", "UTC", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01", "Asia/Kathmandu", "2026-11-30T18:15:00.000Z"),
        ("2026-07-01", "America/New_York", "2026-07-01T04:00:00.000Z"),
        ("2026-13-77", "UTC", None),
        ("", "UTC", None),
    ],
)
def test_a_day_to_jump_to_begins_at_the_midnight_of_its_reader(day: str, zone: str, begins: str | None) -> None:
    with timezone.override(ZoneInfo(zone)):
        assert start_of_day(day) == begins


def test_an_access_token_says_in_local_time_when_it_was_made(cast: Cast) -> None:
    ada = signed_in(cast.ada)
    post(ada, f"{PAGE}/tokens", name="Editor", scopes=["chat"], days="90")
    AccessToken.objects.update(created_at=LATE, last_used_at=LATE)
    for zone, day in (("", "30 Nov 2026, 23:30"), ("Asia/Kathmandu", "1 Dec 2026, 05:15")):
        ada.cookies["time_zone"] = zone
        assert f"made {day[:-7]}" in page(ada, PAGE)
        assert f"last used {day}" in page(ada, PAGE)


def test_scripts_get_their_texts_in_the_language_of_the_page(cast: Cast) -> None:
    answer = Client(headers={"accept-language": LONGER}).get("/messages.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert "gettext" in answer.content.decode()
