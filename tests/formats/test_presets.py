"""Presets: what is read of each kind, what must not stay, and that any bytes end in a preset or in a FormatError."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcafe.formats.errors import FormatError
from botcafe.formats.presets.model import DEFAULT_NAME, GenerationPreset
from botcafe.formats.presets.reader import read_preset, write_preset
from botcafe.formats.presets.sampling import INTEGER_SETTINGS, RANGES
from tests.needs import SAMPLES, needs_samples

TEXTS = ("main", "post_history", "impersonation")


def file(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def prompt(identifier: str, content: str = "", **more: Any) -> dict[str, Any]:
    return {"identifier": identifier, "name": identifier, "role": "system", "content": content, **more}


def order(*steps: str, number: int = 100001) -> dict[str, Any]:
    """`-name` is switched off."""
    rows = [{"identifier": step.removeprefix("-"), "enabled": not step.startswith("-")} for step in steps]
    return {"character_id": number, "order": rows}


PROMPTS = [
    prompt("main", "Write as {{char}}."),
    prompt("nsfw", "Be brave."),
    prompt("jailbreak", "Stay in role."),
    prompt("own", "Use the past tense."),
    prompt("off", "Never seen."),
    prompt("deep", "Deep in the chat.", injection_position=1, injection_depth=4),
    prompt("spoken", "I am ready.", role="assistant"),
    prompt("chatHistory", "", marker=True),
    prompt("charDescription", "not a text", marker=True),
]
CHAT = {
    "temperature": 0.9, "top_p": 1, "top_k": 0, "min_p": 0.05, "frequency_penalty": 0, "presence_penalty": 0.4,
    "repetition_penalty": 1, "seed": -1, "openai_max_context": 8192, "openai_max_tokens": 400,
    "impersonation_prompt": "Write as {{user}}.", "prompts": PROMPTS,
}  # fmt: skip
SECRETS: dict[str, Any] = {
    "reverse_proxy": "https://proxy.example/v1", "proxy_password": "hunter2hunter2", "custom_url": "http://10.0.0.1",
    "custom_include_headers": "Authorization: Bearer abcdefghijklmnopqrst", "apiKey": "k", "api_key_openai": "k",
    "extensions": {"regex_scripts": [{"findRegex": "/x/", "script": "alert(1)"}]}, "webhookURL": "x",
    "note": "see https://rentry.example/abc or javascript:alert(1) sk-live-0123456789abcdefghij now",
    "html": "<b>bold</b><script>alert(1)</script><scr<script></script>ipt>alert(2)</script><% run %>",
    "sk-live-0123456789abcdefghij": True, "https://x.example": 1, "k" * 300: "long",
}  # fmt: skip


def test_a_chat_completion_preset_gives_its_sampling_without_what_is_not_set() -> None:
    preset = read_preset(file(**CHAT, prompt_order=[order("main", "chatHistory")]), "C:\\presets\\Noir Night.json")
    assert (preset.name, preset.kind) == ("Noir Night", "chat")
    assert preset.sampling == {
        "temperature": 0.9,
        "min_p": 0.05,
        "presence_penalty": 0.4,
        "max_tokens": 400,
        "context_tokens": 8192,
    }
    assert preset.impersonation == "Write as {{user}}."
    assert preset.raw["top_k"] == 0
    assert preset.warnings == []


def test_prompts_are_split_at_the_chat_history_in_their_order() -> None:
    steps = ("own", "main", "charDescription", "-off", "nsfw", "chatHistory", "jailbreak", "spoken", "deep", "gone")
    preset = read_preset(file(**CHAT, prompt_order=[order("main", number=100000), order(*steps)]))
    assert preset.main == "Use the past tense.\n\nWrite as {{char}}.\n\nBe brave."
    assert preset.post_history == "Stay in role.\n\nI am ready."
    assert len(preset.warnings) == 2
    assert "another role" in preset.warnings[0]
    assert "midst of the chat" in preset.warnings[1]


def test_without_prompt_order_the_default_order_applies() -> None:
    preset = read_preset(file(**CHAT))
    assert (preset.main, preset.post_history) == ("Write as {{char}}.\n\nBe brave.", "Stay in role.")
    old = read_preset(file(openai_max_tokens=9, main_prompt="Old main.", jailbreak_prompt="Old end.", temp_openai=0.7))
    assert (old.main, old.post_history, old.sampling) == (
        "Old main.",
        "Old end.",
        {"temperature": 0.7, "max_tokens": 9},
    )


def test_a_text_completion_preset_is_read_under_our_names() -> None:
    given_stops = json.dumps(["\nYou:", "***"])
    preset = read_preset(
        file(temp=1.2, top_k=40, rep_pen=1.15, freq_pen=0.1, presence_pen=-0.1, genamt=250, max_length=4096, seed=5,
             custom_stopping_strings=given_stops)
    )  # fmt: skip
    assert preset.kind == "text"
    assert preset.sampling == {
        "temperature": 1.2, "top_k": 40, "repetition_penalty": 1.15, "frequency_penalty": 0.1, "presence_penalty": -0.1,
        "max_tokens": 250, "context_tokens": 4096, "seed": 5, "stop": ["\nYou:", "***"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "kind", "main", "post_history", "stop"),
    [
        ({"name": "n", "content": "Be {{char}}.", "post_history": "Go."}, "sysprompt", "Be {{char}}.", "Go.", None),
        ({"name": "n", "story_string": "{{system}}"}, "context", "", "", None),
        ({"name": "n", "input_sequence": "<u>", "stop_sequence": "</s>"}, "instruct", "", "", ["</s>"]),
        (
            {"sysprompt": {"name": "n", "content": "A"}, "preset": {"temp": 1}, "instruct": {"stop_sequence": "X"}},
            "all",
            "A",
            "",
            ["X"],
        ),
    ],
)
def test_the_other_kinds_are_detected_by_content(
    fields: dict[str, Any], kind: str, main: str, post_history: str, stop: list[str] | None
) -> None:
    preset = read_preset(file(**fields))
    assert (preset.name, preset.kind, preset.main, preset.post_history) == ("n", kind, main, post_history)
    assert preset.sampling.get("stop") == stop


def test_keys_proxies_addresses_and_scripts_are_removed() -> None:
    preset = read_preset(file(**CHAT, **SECRETS, nested=[{"deeper": SECRETS}]))
    kept = json.dumps(preset.raw)
    for word in (
        "proxy",
        "hunter2",
        "http",
        "Bearer",
        "alert",
        "sk-live",
        "regex",
        "<scr",
        "webhook",
        "api",
        "rentry",
        "kkkk",
    ):
        assert word not in kept, word
    assert preset.raw["html"] == "<b>bold</b>"
    assert preset.raw["openai_max_tokens"] == 400
    assert any("reverse_proxy" in line for line in preset.warnings)
    assert "hunter2" not in str(preset.warnings)


def test_settings_that_only_look_secret_are_kept() -> None:
    harmless = {"ban_eos_token": True, "add_bos_token": False, "skip_special_tokens": True, "max_tokens": 5}
    assert read_preset(file(temp=1, **harmless)).raw == {"temp": 1, **harmless}


def test_values_out_of_range_are_clamped_and_noted() -> None:
    preset = read_preset(file(temp=99, top_p="0.5", top_k=12.7, seed=2**40, genamt="many", rep_pen=[1], min_p=True))
    assert preset.sampling == {"temperature": 5, "top_p": 0.5, "top_k": 12, "seed": 2**31 - 1}
    assert len(preset.warnings) == 6


def test_stops_are_bounded() -> None:
    stops = [7, "", "a", "a", "x" * 201, *(f"s{number}" for number in range(30))]
    preset = read_preset(file(temp=1, stopping_strings=stops))
    assert len(preset.sampling["stop"]) == 16
    assert len(preset.warnings) == 3
    assert "stop" not in read_preset(file(temp=1, custom_stopping_strings="not json")).sampling


def test_long_texts_and_names_are_cut() -> None:
    preset = read_preset(file(name="n\n" * 300, content="x" * 100_001))
    assert (len(preset.main), len(preset.name)) == (100_000, 99)
    assert len(preset.warnings) == 1


def test_a_preset_without_a_name_gets_one() -> None:
    assert read_preset(file(temp=1)).name == DEFAULT_NAME
    assert read_preset(file(temp=1), "presets/My preset.JSON").name == "My preset"
    assert read_preset(file(temp=1, name=" Said "), "other.json").name == "Said"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "unsupported", "no JSON object"),
        (b"[1]", "unsupported", "no JSON object"),
        (b"\x89PNG\r\n", "unsupported", ".json"),
        (b'{"temp": ', "broken_json", "line 1, column"),
        (b"{}", "unsupported", "“prompts”"),
        (file(entries={}), "unsupported", "a lorebook"),
        (file(spec="chara_card_v2", data={}), "unsupported", "a character card"),
        (file(personas={}), "unsupported", "personas"),
        (b'{"temp":' + b"[" * 100 + b"]" * 100 + b"}", "too_deep", "nested"),
        (b'{"temp": "' + b"x" * (4 * 1024 * 1024) + b'"}', "too_large", "4 MB"),
    ],
)
def test_other_files_are_refused_with_a_hint(data: bytes, code: str, words: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_preset(data)
    assert (caught.value.code, words in caught.value.message) == (code, True)


def test_our_own_file_reads_back_the_same() -> None:
    for data in (file(**CHAT, **SECRETS), file(temp=1, name="n"), file(name="n", content="A")):
        preset = read_preset(data)
        again = read_preset(write_preset(preset))
        assert again == preset
        assert again.warnings == []


def test_an_edited_botcafe_preset_is_sanitized_too() -> None:
    made = json.loads(write_preset(GenerationPreset("n", "botcafe")))
    made.update(botcafe_preset=2, kind="evil", sampling={"temperature": 50, "evil": 1}, raw={"api_key": "x", "a": 1})
    preset = read_preset(json.dumps(made).encode())
    assert (preset.kind, preset.sampling, preset.raw) == ("botcafe", {"temperature": 5}, {"a": 1})
    assert len(preset.warnings) == 3


def test_a_preset_that_cannot_be_written_says_so() -> None:
    with pytest.raises(FormatError) as caught:
        write_preset(GenerationPreset("n", "botcafe", raw={"x": object()}))
    assert caught.value.code == "not_writable"


@needs_samples
def test_the_sample_of_silly_tavern_is_read() -> None:
    sample = SAMPLES / "st_openai_preset_default.json"
    preset = read_preset(sample.read_bytes(), sample.name)
    assert (preset.kind, preset.warnings) == ("chat", [])
    assert preset.sampling == {"temperature": 1, "max_tokens": 300, "context_tokens": 4095}
    assert preset.main.startswith("Write {{char}}'s next reply")
    assert preset.impersonation.startswith("[Write your next reply from the point of view of {{user}}")
    assert not {"reverse_proxy", "proxy_password", "custom_url"} & preset.raw.keys()
    assert read_preset(write_preset(preset)) == preset


def _settings() -> st.SearchStrategy[dict[str, Any]]:
    numbers = {
        name: st.integers(int(low), int(high)) if name in INTEGER_SETTINGS else st.floats(low, high)
        for name, (low, high) in RANGES.items()
    }
    stops = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20), min_size=1,
                     max_size=5, unique=True)  # fmt: skip
    return st.fixed_dictionaries({}, optional={**numbers, "stop": stops})


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
steady = settings(derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = st.sampled_from(
    ["prompts", "prompt_order", "order", "identifier", "enabled", "content", "temp", "temperature", "seed", "stop",
     "custom_stopping_strings", "preset", "sysprompt", "instruct", "raw", "sampling", "kind", "botcafe_preset", "name",
     "main", "api_key", "https://x.example", "story_string", "character_id"]
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=12) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=16,
)


@steady
@given(_settings(), WORDS, WORDS, WORDS)
def test_any_preset_is_written_and_read_back_the_same(
    sampling: dict[str, Any], main: str, post_history: str, impersonation: str
) -> None:
    preset = GenerationPreset("A name", "botcafe", sampling, main, post_history, impersonation)
    assert read_preset(write_preset(preset)) == preset


@steady
@given(st.dictionaries(KEYS, ANYTHING, max_size=6))
def test_any_object_ends_in_a_preset_that_reads_back_or_in_a_format_error(root: dict[str, Any]) -> None:
    try:
        preset = read_preset(json.dumps(root).encode())
    except FormatError as error:
        assert len(error.message) > 20  # noqa: PT017 either outcome is right
        return
    assert read_preset(write_preset(preset)) == preset
    assert "https" not in json.dumps(preset.raw)


@steady
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_bytes_end_in_a_preset_or_in_a_format_error(data: bytes, more: bytes) -> None:
    for each in (data, b'{"temp":' + data, file(**CHAT)[: len(data) * 9] + more):
        try:
            read_preset(each)
        except FormatError as error:
            assert error.code  # noqa: PT017 either outcome is right
