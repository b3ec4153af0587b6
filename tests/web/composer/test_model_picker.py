"""The model picker: grouped by key, with what is known of each model, for the chat's owner alone."""

from typing import Any

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import page, post


def offered(who: Person, provider: str, *models: str, **more: Any) -> int:
    """A key that offers models."""
    data = {"nickname": f"My {provider}", "provider": provider, "key": "sk-planted-secret-0003", **more}
    return int(who.make("api-key", {**data, "key_configuration": {"model_preferences": models}})["id"])


def chat_with_bot(who: Person, slug: str = "mocha") -> tuple[int, int]:
    """A chat and its bot."""
    bot = who.make("bot", bot_data(slug))["id"]
    status, answer = who.ask("POST", "/api/conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})
    assert status == 201, answer
    return int(answer["doc"]["id"]), int(bot)


def test_models_stand_below_their_key_with_window_and_price(cast: Cast) -> None:
    offered(cast.alice, "openai", "gpt-4o", "gpt-of-tomorrow")
    offered(cast.alice, "anthropic", "claude-sonnet-4-5")
    number, _ = chat_with_bot(cast.alice)
    text = page(signed_in(cast.alice), f"/chats/{number}/models")
    assert "My openai" in text
    assert "128k context · $2.50 in, $10 out per million tokens" in text
    assert text.count("per million tokens") == 2
    assert text.count("sees pictures") == 1


def test_words_choose_among_models_keys_and_providers(cast: Cast) -> None:
    offered(cast.alice, "openai", "gpt-4o", "gpt-4.1-mini")
    offered(cast.alice, "anthropic", "claude-sonnet-4-5")
    number, _ = chat_with_bot(cast.alice)
    client = signed_in(cast.alice)
    found = page(client, f"/chats/{number}/models?q=OPENAI+mini")
    assert "gpt-4.1-mini" in found
    assert "gpt-4o" not in found
    assert "claude" not in found
    none = page(client, f"/chats/{number}/models?q=%3Cb%3Egone")
    assert "<b>gone" not in none
    assert "gpt" not in none


def test_a_long_list_ends_and_says_so(cast: Cast) -> None:
    offered(cast.alice, "custom", *(f"model-{each}" for each in range(520)))
    number, _ = chat_with_bot(cast.alice)
    client = signed_in(cast.alice)
    text = page(client, f"/chats/{number}/models")
    assert "These are the first 500 models." in text
    assert "model-519" not in text
    assert "model-519" in page(client, f"/chats/{number}/models?q=model-519")
    assert "model-7" not in page(client, f"/chats/{number}")


def test_the_chosen_model_is_marked_and_named_in_the_chat(cast: Cast) -> None:
    key = offered(cast.alice, "openai", "gpt-4o")
    number, bot = chat_with_bot(cast.alice)
    client = signed_in(cast.alice)
    assert post(client, f"/chats/{number}/settings", model=f"{key}:gpt-4o")[0] == 302
    text = page(client, f"/chats/{number}/models")
    row = text[text.index(f'value="{key}:gpt-4o"') :]
    assert 'aria-current="true"' in row[: row.index(">")]
    assert "Model of this chat: gpt-4o" in page(client, f"/chats/{number}")
    own = page(client, f"/chats/{number}/models?bot={bot}")
    assert "The model of <span" in own
    assert f'name="bot" value="{bot}"' in own


def test_the_picker_is_for_the_owner_of_the_chat_and_its_bots(cast: Cast) -> None:
    offered(cast.alice, "openai", "gpt-4o")
    number, _ = chat_with_bot(cast.alice)
    _, other = chat_with_bot(cast.bob, "latte")
    before = everything()
    assert signed_in(cast.charlie).get(f"/chats/{number}/models").status_code == 404
    assert signed_in(cast.alice).get(f"/chats/{number}/models?bot={other}").status_code == 404
    assert signed_in(cast.alice).get(f"/chats/{number}/models?bot=none").status_code == 404
    assert changed(before) == {}
    assert "gpt-4o" not in page(signed_in(cast.bob), f"/chats/{chat_with_bot(cast.bob, 'third')[0]}/models")


def test_a_key_that_is_off_offers_nothing(cast: Cast) -> None:
    offered(cast.alice, "openai", "gpt-4o", security_features={"is_active": False})
    number, _ = chat_with_bot(cast.alice)
    assert "gpt-4o" not in page(signed_in(cast.alice), f"/chats/{number}/models")
