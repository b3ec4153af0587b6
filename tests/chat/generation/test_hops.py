"""What a reply holds against the keys of its route survives its process, and is freed when nobody holds it any more."""

from pathlib import Path
from typing import Any

import pytest

from botcafe.areas.companions.turns import generations
from botcafe.areas.keys.collections.internal import KeyReservation
from botcafe.areas.keys.quotas import record_use, reserve_call
from botcafe.kit.instants import now
from botcafe.kit.process_locks import FOLDER
from botcafe.llm.fake.server import FakeProvider
from tests.areas.keys.making import actor, make
from tests.chat.generation.test_late_replies import check_counters, states, until
from tests.chat.talking import Talker, reply_of
from tests.chat.test_models import chat_with, key
from tests.live import served
from tests.people import Cast


def used(talker: Talker, number: int) -> dict[str, Any]:
    found: dict[str, Any] = talker.good("GET", f"/api/api-key/{number}?depth=0")["usage_analytics"]
    return found


@pytest.mark.slow
def test_a_kill_after_a_fallback_counts_on_the_key_that_wrote_and_frees_its_limits(
    tmp_path: Path, fake: FakeProvider
) -> None:
    settings = {"BOTCAFE_PRIVATE_ENDPOINTS": ",".join(fake.allowed)}
    with served(tmp_path / "data", **settings) as server:
        talker = Talker(server, server.sign_up("alice@cafe.test"))
        limits = {"rate_limits": {"requests_per_hour": 2}}
        second = key(talker, fake, "second", **limits)
        first = key(talker, fake, "first", fallback_providers=["second:tokens:200:60"], **limits)
        chat = chat_with(talker, first, "500")
        turn = talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Speak"})
        until(lambda: talker.message(reply_of(turn))["entry"])
        server.kill()
    with served(tmp_path / "data", **settings) as server:
        talker = Talker(server, talker.token)
        until(lambda: states(talker) == ["interrupted"])
        (row,) = talker.good("GET", "/api/generations?depth=0")["docs"]
        assert row["model"] == "tokens:200:60"
        assert [hop["model"] for hop in row["hops"]] == ["500"]
        assert row["settings"]["key"] == second
        failed, wrote = used(talker, first), used(talker, second)
        assert (failed["total_requests"], failed["total_tokens_used"]) == (1, 0)
        assert (wrote["total_requests"], wrote["total_tokens_used"]) == (1, row["input_tokens"] + row["output_tokens"])
        check_counters(talker, second)
        # The second call of the hour is free again at once: the killed one holds no reservation.
        talker.act(chat, "settings", model={"key": second, "model": "ok"})
        assert talker.turn(chat, "Again")["events"][0][-1].data["state"] == "complete"


def test_an_interrupted_reply_ends_no_reservation_of_another(cast: Cast) -> None:
    alice, number = actor(cast.alice), make(cast.alice)
    kept = reserve_call(alice, number, 10)
    record_use(number, tokens=5, seconds=1.0, failed=False, reservation=None)
    assert list(KeyReservation.objects.values_list("pk", flat=True)) == [kept]


def test_what_no_running_reply_and_no_living_process_holds_is_freed(cast: Cast, settings: Any) -> None:
    alice, number = actor(cast.alice), make(cast.alice)
    own = reserve_call(alice, number, 10)
    reserve_call(alice, number, 10, generation_id=2**40)
    dead = "d" * 32
    folder: Path = settings.DATA / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{dead}.lock").touch()
    KeyReservation.objects.create(api_key_id=number, tokens=1, created_at=now(), process=dead)
    elsewhere = KeyReservation.objects.create(api_key_id=number, tokens=1, created_at=now(), process="e" * 32)
    assert generations.free_reservations() == 2
    assert set(KeyReservation.objects.values_list("pk", flat=True)) == {own, elsewhere.pk}
