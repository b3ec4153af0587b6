"""Blocks are packed by priority into the context window and ordered by their places."""

from typing import Any

import pytest

from botcafe.chat.prompt.blocks import (
    FRAME_TOKENS,
    HISTORY_PRIORITY,
    PICTURE_TOKENS,
    SLOTS,
    PackedPrompt,
    PromptBlock,
    make_block,
    order_blocks,
    pack_blocks,
)
from botcafe.llm.protocol import ImagePart


def block(name: str, *, tokens: int = 10, **more: Any) -> PromptBlock:
    made = make_block(name, name.title(), f"text of {name}", **more)
    made.tokens = tokens
    return made


def history(*tokens: int) -> list[PromptBlock]:
    """Messages, oldest first; the newest two are never left out."""
    count = len(tokens)
    return [
        block(
            f"m{number}",
            tokens=each,
            role="user" if number % 2 else "assistant",
            priority=0 if count - number <= 2 else HISTORY_PRIORITY + count - number,
            slot="history",
        )
        for number, each in enumerate(tokens)
    ]


def kept(prompt: PackedPrompt) -> list[str]:
    return [each.id for each in prompt.blocks if each.included]


def names(blocks: list[PromptBlock]) -> list[str]:
    return [each.id for each in blocks]


def test_everything_that_fits_is_kept() -> None:
    prompt = pack_blocks([block("a"), block("b", priority=5)], 20)
    assert kept(prompt) == ["a", "b"]
    assert (prompt.tokens, prompt.budget) == (20, 20)


def test_the_highest_number_is_left_out_first() -> None:
    assert kept(pack_blocks([block("a", priority=3), block("b", priority=2), block("c", priority=1)], 20)) == ["b", "c"]


def test_a_smaller_block_takes_the_room_that_a_larger_one_did_not() -> None:
    blocks = [block("large", tokens=50, priority=1), block("small", tokens=5, priority=2)]
    assert kept(pack_blocks(blocks, 20)) == ["small"]


def test_priority_zero_is_kept_whatever_the_window() -> None:
    prompt = pack_blocks([block("a", priority=0, tokens=100), block("b", priority=1, tokens=1)], 20)
    assert kept(prompt) == ["a"]
    assert prompt.tokens == 100


def test_older_messages_are_left_out_before_newer_ones() -> None:
    assert kept(pack_blocks(history(10, 10, 10, 10, 10), 30)) == ["m2", "m3", "m4"]


def test_the_history_has_no_gap_where_a_long_message_does_not_fit() -> None:
    assert kept(pack_blocks(history(1, 1, 50, 10, 10), 40)) == ["m3", "m4"]


def test_lore_is_kept_where_a_long_message_ended_the_history() -> None:
    prompt = pack_blocks([block("lore", priority=4), *history(50, 10, 10)], 30)
    assert kept(prompt) == ["lore", "m1", "m2"]


def test_the_newest_two_messages_are_kept_whatever_the_window() -> None:
    assert kept(pack_blocks(history(100, 100, 100), 10)) == ["m1", "m2"]


def test_what_is_left_out_says_why_and_carries_no_text() -> None:
    (left,) = [each for each in pack_blocks(history(10, 10, 10), 20).blocks if not each.included]
    assert left.text == ""
    assert left.reason == "left out: the window of 20 tokens was full"


def test_only_what_is_kept_is_sent() -> None:
    prompt = pack_blocks([block("main", slot="main"), *history(10, 10, 10)], 30)
    assert [message.content for message in prompt.messages] == ["text of main", "text of m1", "text of m2"]


def test_packing_does_not_change_the_blocks_that_it_is_given() -> None:
    blocks = history(10, 10, 10)
    pack_blocks(blocks, 20)
    assert all(each.included and each.text for each in blocks)


@pytest.mark.parametrize("earlier", range(len(SLOTS) - 1))
def test_slots_follow_each_other_in_their_order(earlier: int) -> None:
    blocks = [block("second", slot=SLOTS[earlier + 1]), block("first", slot=SLOTS[earlier])]
    assert names(order_blocks(blocks)) == ["first", "second"]


def test_blocks_of_one_slot_keep_their_order() -> None:
    assert names(order_blocks([block("a"), block("b"), block("c")])) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("depth", "order"),
    [
        (0, ["m0", "m1", "m2", "deep"]),
        (1, ["m0", "m1", "deep", "m2"]),
        (2, ["m0", "deep", "m1", "m2"]),
        (3, ["deep", "m0", "m1", "m2"]),
        (4, ["deep", "m0", "m1", "m2"]),
        (1000, ["deep", "m0", "m1", "m2"]),
    ],
)
def test_a_depth_counts_messages_from_the_end(depth: int, order: list[str]) -> None:
    blocks = [*history(1, 1, 1), block("deep", depth=depth), block("main", slot="main"), block("last", slot="last")]
    assert names(order_blocks(blocks)) == ["main", *order, "last"]


@pytest.mark.parametrize("depth", [0, 1, 9])
def test_without_a_history_a_deep_block_stands_before_what_is_sent_last(depth: int) -> None:
    blocks = [block("last", slot="last"), block("deep", depth=depth), block("main", slot="main")]
    assert names(order_blocks(blocks)) == ["main", "deep", "last"]


def test_at_one_depth_the_system_speaks_before_user_and_bot() -> None:
    deep = [block(role, depth=1, role=role) for role in ("assistant", "user", "system")]
    assert names(order_blocks([*history(1, 1), *deep])) == ["m0", "system", "user", "assistant", "m1"]


def test_the_system_blocks_at_the_start_are_one_message() -> None:
    blocks = [block("main", slot="main"), block("definition"), *history(1, 1), block("last", slot="last")]
    sent = pack_blocks(blocks, 1000).messages
    assert [message.role for message in sent] == ["system", "assistant", "user", "system"]
    assert sent[0].content == "text of main\n\ntext of definition"


def test_a_prompt_without_system_blocks_begins_with_its_history() -> None:
    assert [message.role for message in pack_blocks(history(1, 1), 100).messages] == ["assistant", "user"]


def test_nothing_gives_an_empty_prompt() -> None:
    prompt = pack_blocks([], 100)
    assert (prompt.blocks, prompt.messages, prompt.tokens) == ([], [], 0)


def test_an_empty_text_costs_its_frame_and_a_picture_its_own() -> None:
    picture = ImagePart("image/png", b"x")
    frame = make_block("a", "A", "").tokens
    assert frame >= FRAME_TOKENS
    assert make_block("a", "A", "", images=(picture, picture)).tokens == frame + 2 * PICTURE_TOKENS


def test_the_ratio_of_a_tokenizer_scales_the_estimate() -> None:
    text = "word " * 400
    single, double = make_block("a", "A", text), make_block("a", "A", text, ratio=2.0)
    assert double.tokens - FRAME_TOKENS == pytest.approx(2 * (single.tokens - FRAME_TOKENS), abs=2)


def test_pictures_of_what_is_left_out_are_not_sent() -> None:
    pictured = block("m", priority=5, tokens=50, images=(ImagePart("image/png", b"x"),))
    (left,) = pack_blocks([pictured], 10).blocks
    assert left.images == ()


def test_the_inspector_does_not_see_the_words_of_a_closed_block() -> None:
    (shown,) = pack_blocks([block("secret", is_closed=True, reason="always sent")], 100).as_json()
    assert shown["text"] == ""
    assert shown["reason"] == "always sent; its creator keeps the words closed"
    assert pack_blocks([block("secret", is_closed=True)], 100).messages[0].content == "text of secret"


def test_the_inspector_sees_all_of_an_open_block() -> None:
    (shown,) = pack_blocks([block("a", source="lore", reason="why", priority=2, depth=3)], 100).as_json()
    assert shown == {
        "id": "a", "title": "A", "role": "system", "text": "text of a", "tokens": 10, "priority": 2, "source": "lore",
        "reason": "why", "slot": "definition", "depth": 3, "is_closed": False, "included": True,
    }  # fmt: skip


def test_stored_prompts_refer_to_messages_of_the_chat_by_id() -> None:
    stored = pack_blocks([block("main", slot="main"), *history(10)], 100).as_stored_json()
    assert stored[0]["text"] == "text of main"
    assert stored[1] == {"id": "m0", "role": "assistant", "tokens": 10, "included": True}


def test_stored_prompts_tell_whether_the_name_precedes_the_text() -> None:
    named = make_block("m", "Noor", "Noor: Hello", slot="history")
    (stored,) = pack_blocks([named], 100).as_stored_json()
    assert stored["named"] is True


def test_a_block_within_the_history_that_is_no_message_is_stored_with_its_text() -> None:
    stored = pack_blocks([*history(1), block("note", slot="history", depth=0)], 100).as_stored_json()
    assert stored[1]["text"] == "text of note"
