"""Notices for somebody whose words tell of danger: over the API, in the prompt, over ``/v1``; and a bot that is stopped."""

from typing import Any

import openai
import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker
from tests.live import Served

DANGER = "Ich will nicht mehr leben."
CALM = "What a lovely morning."


def line(admin: Talker, region: str, number: str, *, is_active: bool = True, languages: tuple[str, ...] = ()) -> int:
    """A new help line."""
    data = {
        "region": region,
        "hotline_number": number,
        "description": f"Help in {region}",
        "languages": list(languages),
        "is_active": is_active,
        "source": "https://example.org/",
        "checked_at": "2026-11-22T00:00:00.000Z",
    }
    made: int = admin.good("POST", "/api/crisisSupport?depth=0", data)["doc"]["id"]
    return made


def admin_of(cafe: Served) -> Talker:
    """The first account, which runs the café."""
    answer = cafe.ask("POST", "/api/users/login", {"email": "first@cafe.test", "password": "correct-horse"})[1]
    return Talker(cafe, answer["token"])


def model_choice(talker: Talker, chat: int, fake: FakeProvider, says: str) -> None:
    """Let a model speak that says exactly this."""
    key = {
        "nickname": "mine",
        "provider": "custom",
        "key": "sk-planted-secret-0001",
        "key_configuration": {"model_preferences": [says]},
        "provider_settings": {"custom_settings": {"api_endpoint": fake.base_url}},
    }
    made = talker.good("POST", "/api/api-key?depth=0", key)["doc"]["id"]
    talker.good("PATCH", f"/api/conversation/{chat}?depth=0", {"model_choice": {"key": made, "model": says}})


def blocks_of(talker: Talker, turn: dict[str, Any]) -> list[str]:
    """The ids of what was sent to the model."""
    trace = talker.good("GET", f"/api/generations/{turn['generations'][0]['id']}/trace")
    return [each["id"] for each in trace["blocks"]]


def test_help_of_the_region_comes_with_the_turn(cafe: Served) -> None:
    admin = admin_of(cafe)
    for region, number in (("DE", "0800 111 0 111"), ("AT", "142"), ("International", "findahelpline.com")):
        line(admin, region, number, languages=("de",))
    line(admin, "DE", "0000", is_active=False, languages=("de",))
    person = Talker(cafe, cafe.sign_up("care-region@cafe.test"))
    me = person.good("GET", "/api/users/me")["user"]["id"]
    person.good("PATCH", f"/api/users/{me}", {"region": "de"})
    turn = person.turn(person.chat(), DANGER)
    notice, told = turn["notices"]
    # Germany lies in the European Union, whose rule holds at the start of a chat.
    assert (notice["kind"], told["kind"]) == ("crisis", "ai")
    numbers = [each["hotline_number"] for each in notice["resources"]]
    assert numbers[0] == "0800 111 0 111"
    assert "findahelpline.com" in numbers
    assert not {"0000", "142"} & set(numbers)
    assert len(numbers) <= 5


def test_the_model_gets_the_protocol_for_this_reply_alone(alice: Talker) -> None:
    chat = alice.chat()
    assert "crisis" not in blocks_of(alice, alice.turn(chat, CALM))
    assert "crisis" in blocks_of(alice, alice.turn(chat, DANGER))
    calm = alice.turn(chat, CALM)
    assert calm["notices"] == []
    assert "crisis" not in blocks_of(alice, calm)


def test_an_edited_message_that_is_answered_is_read_too(alice: Talker) -> None:
    chat = alice.chat()
    turn = alice.turn(chat, CALM)
    alice.act(chat, "edit", message=turn["message"]["id"], entry=DANGER)
    alice.act(chat, "leaf", message=turn["message"]["id"], exact=True)
    again = alice.turn(chat, mode="continue")
    assert [each["kind"] for each in again["notices"]] == ["crisis"]
    assert "crisis" in blocks_of(alice, again)


def test_a_bot_that_urges_self_harm_is_stopped_and_cut(alice: Talker, fake: FakeProvider) -> None:
    chat = alice.chat()
    model_choice(alice, chat, fake, "say:I hear you. You should just kill yourself tonight. Good night, dear.")
    turn = alice.turn(chat, CALM)
    assert alice.message(turn["generations"][0]["message"]["id"])["entry"] == "I hear you."
    end = turn["events"][0][-1]
    assert end.data["state"] == "failed"
    assert "encourage self-harm" in end.data["note"]


def test_completions_tell_it_beside_the_answer(cafe: Served, alice: Talker) -> None:
    slug = alice.good("GET", f"/api/bot/{alice.bot()}?depth=0")["slug"]
    token = alice.good("POST", "/api/account/tokens", {"name": "care"})["token"]
    with openai.OpenAI(base_url=f"{cafe.base}/v1", api_key=token, max_retries=0) as client:
        whole = client.chat.completions.create(model=slug, messages=[{"role": "user", "content": DANGER}])
        assert (whole.model_extra or {})["notices"][0]["kind"] == "crisis"
        chunks = list(
            client.chat.completions.create(model=slug, messages=[{"role": "user", "content": DANGER}], stream=True)
        )
        assert (chunks[0].model_extra or {})["notices"][0]["kind"] == "crisis"
        assert not any("notices" in (each.model_extra or {}) for each in chunks[1:])
        calm = client.chat.completions.create(model=slug, messages=[{"role": "user", "content": CALM}])
        assert "notices" not in (calm.model_extra or {})


def test_a_refused_turn_shows_help_all_the_same(cafe: Served) -> None:
    """Limits, an archived chat, a wrong model: somebody in danger is not left with a refusal alone, and nothing is stored."""
    person = Talker(cafe, cafe.sign_up("care-refused@cafe.test"))
    chat = person.chat()
    person.turn(chat, CALM)
    person.good("POST", "/api/selfModeration?depth=0", {"weekly_message_limit": 1, "is_active": True})
    before = person.good("GET", "/api/message?depth=0&limit=0")["totalDocs"]
    status, refusal = person.ask("POST", f"/api/conversation/{chat}/turns", {"entry": DANGER})
    assert (status, refusal["errors"][0]["data"]["limit"]) == (429, "weekly_message_limit")
    assert [each["kind"] for each in refusal["notices"]] == ["crisis"]
    assert "notices" not in person.ask("POST", f"/api/conversation/{chat}/turns", {"entry": CALM})[1]
    assert person.good("GET", "/api/message?depth=0&limit=0")["totalDocs"] == before
    token = person.good("POST", "/api/account/tokens", {"name": "care"})["token"]
    with openai.OpenAI(base_url=f"{cafe.base}/v1", api_key=token, max_retries=0) as client:
        with pytest.raises(openai.NotFoundError) as refused:
            client.chat.completions.create(model="none", messages=[{"role": "user", "content": DANGER}])
        assert refused.value.response.json()["notices"][0]["kind"] == "crisis"


def test_a_known_minor_reads_their_rules_and_meets_no_rated_bot(cafe: Served, alice: Talker) -> None:
    minor = Talker(cafe, cafe.sign_up("care-minor@cafe.test"))
    me = minor.good("GET", "/api/users/me")["user"]["id"]
    minor.good("PATCH", f"/api/users/{me}", {"birth_year": 2014, "region": "US-CA"})
    turn = minor.turn(minor.chat(), CALM)
    assert [each["kind"] for each in turn["notices"]] == ["ai", "break"]
    assert "minor" in blocks_of(minor, turn)
    again = minor.turn(minor.chat(), CALM)
    assert [each["kind"] for each in again["notices"]] == ["ai"]
    rated = alice.bot("Velvet", is_public=True, rating="adult")
    slug = alice.good("GET", f"/api/bot/{rated}?depth=0")["slug"]
    token = minor.good("POST", "/api/account/tokens", {"name": "care"})["token"]
    with (
        openai.OpenAI(base_url=f"{cafe.base}/v1", api_key=token, max_retries=0) as client,
        pytest.raises(openai.NotFoundError),
    ):
        client.chat.completions.create(model=slug, messages=[{"role": "user", "content": CALM}])
