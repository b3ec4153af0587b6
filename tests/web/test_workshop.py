"""The workshop of bots: every field, the prompt as it would be, versions and the way back."""

import re

import pytest

from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

BOT = {
    "name": "Mocha",
    "description": "A quiet barista.",
    "system_prompt": "{{char}} pours coffee and listens.",
    "personality": "calm",
    "scenario": "A café at night.",
    "greeting": "You are late.",
    "alternate_greetings": "Oh, it is you.\n---\nWe are closed.",
    "speech_examples": "<START>\n{{char}}: One cup.\n---\n{{char}}: Two cups.",
    "instructions": "{{original}} Be brief.",
    "post_history_instructions": "Stay calm.",
    "depth_text": "Mocha hums.",
    "depth": "3",
    "depth_role": "system",
    "tags": "coffee, night",
    "rating": "everyone",
}


def made(who: Person, **more: str) -> str:
    """A bot that was made on the page: its slug."""
    status, where = post(signed_in(who), "/bots/new", **{**BOT, **more})
    assert status == 302, where
    return where.rpartition("/")[2]


def test_every_field_of_the_form_is_kept_and_stands_there_again(cast: Cast) -> None:
    slug = made(cast.alice)
    [bot] = cast.alice.get(f"/api/bot?where[slug][equals]={slug}&depth=0")["docs"]
    assert bot["alternate_greetings"] == ["Oh, it is you.", "We are closed."]
    assert bot["speech_examples"] == ["{{char}}: One cup.", "{{char}}: Two cups."]
    assert bot["depth_prompt"] == {"prompt": "Mocha hums.", "depth": 3, "role": "system"}
    assert bot["rating"] == "everyone"
    assert bot["instructions"] == "{{original}} Be brief."
    text = page(signed_in(cast.alice), f"/bots/{slug}/edit")
    for words in ("We are closed.", "Mocha hums.", "Stay calm.", "A café at night."):
        assert words in text
    assert post(signed_in(cast.alice), f"/bots/{slug}/edit", **BOT)[0] == 302
    [same] = cast.alice.get(f"/api/bot?where[slug][equals]={slug}&depth=0")["docs"]
    assert {**same, "updatedAt": ""} == {**bot, "updatedAt": ""}


def test_the_prompt_is_shown_before_anything_is_kept(cast: Cast) -> None:
    status, text = post(signed_in(cast.alice), "/bots/preview", **BOT, **{"try": "Good evening"})
    assert status == 200
    assert "Mocha pours coffee and listens." in text
    assert "Good evening" in text
    assert "Mocha hums." in text
    assert cast.alice.get("/api/bot?where[slug][equals]=mocha")["docs"] == []


def test_versions_show_what_changed_and_can_be_restored(cast: Cast) -> None:
    slug = made(cast.alice)
    me = signed_in(cast.alice)
    post(me, f"/bots/{slug}/edit", **{**BOT, "personality": "lively and loud"})
    text = page(me, f"/bots/{slug}/versions")
    assert "<del>calm</del>" in text
    assert "<ins>lively and loud</ins>" in text
    old = text.split("/versions/")[-1].split("/")[0]
    assert post(me, f"/bots/{slug}/versions/{old}/restore")[0] == 302
    [bot] = cast.alice.get(f"/api/bot?where[slug][equals]={slug}&depth=0")["docs"]
    assert bot["personality"] == "calm"
    assert page(me, f"/bots/{slug}/versions").count("Restore this version") == 2


def test_changes_over_the_api_are_versions_too(cast: Cast) -> None:
    slug = made(cast.alice)
    [bot] = cast.alice.get(f"/api/bot?where[slug][equals]={slug}&depth=0")["docs"]
    cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"scenario": "A boat at dawn."})
    assert "boat" in page(signed_in(cast.alice), f"/bots/{slug}/versions")


def test_nobody_else_sees_versions_or_takes_them_back(cast: Cast) -> None:
    slug = made(cast.alice, is_public="on")
    old = page(signed_in(cast.alice), f"/bots/{slug}/versions")
    assert "current version" in old
    bob = signed_in(cast.bob)
    assert bob.get(f"/bots/{slug}/versions").status_code == 403
    refused(bob, f"/bots/{slug}/versions/1/restore", status=403)
    refused(bob, f"/bots/{slug}/edit", status=403, **BOT)


@pytest.mark.parametrize(
    "given", [{"name": ""}, {"system_prompt": ""}, {"age": "0"}, {"rating": "x"}, {"lore": ["999"]}]
)
def test_what_does_not_fit_is_refused_at_its_field(cast: Cast, given: dict[str, str]) -> None:
    refused(signed_in(cast.alice), "/bots/new", **{**BOT, **given})


def test_the_page_of_a_bot_greets_by_name_and_gives_its_card_in_every_format(cast: Cast) -> None:
    slug = made(cast.alice, greeting="Sit down, {{user}}. {{char}} is late.")
    client = signed_in(cast.alice)
    text = page(client, f"/bots/{slug}")
    assert "Sit down, Alice. Mocha is late." in text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/api/bot/\d+/card[^"]*)"', text)]
    found = {client.get(link)["Content-Type"] for link in links}
    assert len(links) == 4
    assert found == {"image/png", "application/json", "application/zip"}
