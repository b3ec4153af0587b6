"""Names of files to save: whatever people call their things, the header stays one header."""

import pytest
from django.test import Client

from botcafe.areas.companions.collections.bot import Bot
from tests.people import Cast, bot_data


@pytest.mark.parametrize(
    ("slug", "shown"),
    [
        ("mocha", 'attachment; filename="mocha.card.json"'),
        ('a"; filename="evil.exe', r"evil.exe"),
        ("コーヒー", "filename*=utf-8''"),
        ("café", "filename*=utf-8''caf%C3%A9"),
        ("back\\slash", "filename="),
    ],
)
def test_a_name_cannot_break_out_of_its_header(cast: Cast, slug: str, shown: str) -> None:
    bot = cast.alice.make("bot", bot_data())
    # As a version before slugs had a pattern may have left it.
    Bot.objects.filter(pk=bot["id"]).update(slug=slug)
    headers = {"HTTP_AUTHORIZATION": f"JWT {cast.alice.token}"}
    response = Client().get(f"/api/bot/{bot['id']}/card?format=json", **headers)
    assert response.status_code == 200
    header = response.headers["Content-Disposition"]
    assert header.isascii()
    assert shown.split(".card")[0] in header
    # Whatever is quoted is quoted to its end: no parameter follows the name.
    rest = header.partition("filename")[2].replace("\\\\", "").replace('\\"', "")
    assert "filename" not in rest.replace("evil", "") or rest.count('"') == 2
