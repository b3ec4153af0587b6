"""Each check: the thing is broken, the doctor finds it, and mends it with ``--fix`` where that is safe."""

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import connection

from botcafe.areas.accounts.models import Media
from botcafe.areas.billing.models import TokenLedgerEntry
from botcafe.areas.companions.models import Bot, Conversation, Generation, Message
from botcafe.areas.companions.turns.outcome import Outcome
from botcafe.areas.keys.models import ApiKey, KeyReservation
from botcafe.chat.generation.spool import SpooledEnd, write_end
from botcafe.cli.main import main
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.process_locks import mark_alive
from botcafe.kit.words import counted
from botcafe.upkeep.doctor.files import ASIDE
from botcafe.upkeep.doctor.registry import CHECKS
from tests.areas.keys.making import make
from tests.jobs.test_dead_tasks import dead_worker, running
from tests.people import Cast, Person
from tests.suites.test_media_bytes import upload

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Told:
    """What a run of the doctor said."""

    code: int
    found: dict[str, tuple[int, int]]
    left: int
    text: str


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run the doctor, for machines."""

    def run(*options: str) -> Told:
        capsys.readouterr()
        code = main(["doctor", "--json", *options])
        said = capsys.readouterr()
        lines = [orjson.loads(line) for line in said.out.splitlines()]
        found = {line["what"]: (line["count"], line["mended"]) for line in lines if line["step"] == "found"}
        return Told(code, found, lines[-1]["left"], said.out + said.err)

    return run


def chat_of(who: Person) -> tuple[int, list[int]]:
    """A chat with three messages."""
    bot = who.make(
        "bot", {"name": "Mocha", "slug": f"mocha-{uuid.uuid4().hex}", "system_prompt": "x", "creator_display_name": "A"}
    )
    part = [{"bot_id": bot["id"], "role": "primary", "is_active": True}]
    chat = who.make("conversation", {"bot_participation": part})["id"]
    return chat, [who.make("message", {"conversation": chat, "entry": f"words {n}"})["id"] for n in range(3)]


def reply_in(who: Person, **columns: Any) -> Generation:
    """A reply of a chat of somebody's: begun and ended, and not counted."""
    chat, messages = chat_of(who)
    values = {
        "state": "complete",
        "started_at": now(),
        "input_tokens": 10,
        "output_tokens": 5,
        "lease_owner": "x",
        **columns,
    }
    made: Generation = Generation.objects.create(
        user_id=who.id, conversation_id=chat, message_id=messages[-1], **values
    )
    return made


def enter(reply: Generation, tokens: int) -> None:
    """Its entry in the ledger."""
    values = {"kind": "reply", "debit": "house", "credit": "x", "tokens": tokens}
    TokenLedgerEntry.objects.create(user_id=reply.user_id, reason=f"generation:{reply.pk}", **values)


def lose_picture(cast: Cast) -> None:
    key = Media.objects.get(pk=upload(cast.alice)["id"]).storage_key
    (settings.DATA / "media" / key[:2].lower() / key).unlink()


def leave_file(cast: Cast, key: str = "abandoned-file", folder: str = "ab") -> Path:
    path = Path(settings.DATA) / "media" / folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"bytes of nobody")
    os.utime(path, (time.time() - 7200,) * 2)
    return path


def end_elsewhere(cast: Cast) -> None:
    chat, _ = chat_of(cast.alice)
    _, others = chat_of(cast.bob)
    Conversation.objects.filter(pk=chat).update(active_leaf=others[0])


def hang_elsewhere(cast: Cast) -> None:
    _, messages = chat_of(cast.alice)
    _, others = chat_of(cast.bob)
    Message.objects.filter(pk=messages[1]).update(parent=others[0])


def grow_alone(cast: Cast) -> None:
    Message.objects.filter(pk=chat_of(cast.alice)[1][0]).update(is_growing=True)


def abandon_reply(cast: Cast) -> None:
    made = reply_in(cast.alice, state="streaming", lease_until=from_epoch(time.time() - 60))
    Message.objects.filter(pk=made.message_id).update(is_growing=True)


def kill_writer(cast: Cast) -> None:
    """Its lease is fresh, and its process of this machine is known to be dead."""
    owner = dead_worker(settings.DATA)
    reply_in(cast.alice, state="queued", started_at=None, lease_owner=owner, lease_until=from_epoch(time.time() + 15))


def miscount_likes(cast: Cast) -> None:
    chat_of(cast.alice)
    Bot.objects.update(likes_count=7)


def miscount_favourites(cast: Cast) -> None:
    chat_of(cast.alice)
    number = Bot.objects.get().pk
    cast.alice.make("botInteractions", {"bot": number, "favorited": True})
    Bot.objects.update(favorites_count=None)


def swap_tokens(cast: Cast) -> None:
    """As if a row had been copied over another."""
    for level in ("basic", "advanced", "military-grade"):
        first, second = make(cast.alice, level), make(cast.alice, level)
        ApiKey.objects.filter(pk=second).update(key=ApiKey.objects.get(pk=first).key)


def hold_reservation(cast: Cast) -> None:
    KeyReservation.objects.create(api_key_id=make(cast.alice), tokens=5, created_at=now(), generation_id=987654)


def kill_worker(cast: Cast) -> None:
    running(dead_worker(settings.DATA))


def spool_end(cast: Cast) -> None:
    made = reply_in(cast.alice, state="streaming", lease_owner="dead", lease_until=from_epoch(time.time() + 15))
    write_end(SpooledEnd(made.pk, cast.alice.id, None, "dead", Outcome(state="complete", text="At last.")))


def spoil_spool(cast: Cast) -> None:
    (Path(settings.DATA) / "spool").mkdir()
    (Path(settings.DATA) / "spool" / "dead-1.unread").write_text("{")


MENDED = [
    (leave_file, "files that no row names", 1),
    (end_elsewhere, "chats that end in a message which is not theirs", 1),
    (grow_alone, "messages that grow without a reply", 1),
    (abandon_reply, "replies that nobody writes any more", 1),
    (kill_writer, "replies that nobody writes any more", 1),
    (lambda cast: reply_in(cast.alice), "replies without an entry in the ledger", 1),
    (miscount_likes, "bots whose likes_count is not what was given", 1),
    (miscount_favourites, "bots whose favorites_count is not what was given", 1),
    (hold_reservation, "reservations of calls that are over", 1),
    (kill_worker, "jobs of workers that are dead", 1),
    (spool_end, "ends of replies that are not stored", 1),
]
REPORTED = [
    (lose_picture, "files of rows that are not on the disk", 1),
    (hang_elsewhere, "messages below a message of another chat", 1),
    (lambda cast: enter(reply_in(cast.alice), 9), "replies that the ledger counts otherwise", 1),
    (swap_tokens, "sealed secrets that do not open", 3),
    (spoil_spool, "ends of replies that cannot be read", 1),
]


def test_a_whole_cafe_has_nothing_wrong(cast: Cast, doctor: Callable[..., Told]) -> None:
    upload(cast.alice)
    for level in ("basic", "advanced", "military-grade"):
        make(cast.alice, level)
    chat_of(cast.alice)
    enter(reply_in(cast.alice), 15)
    # Never begun, as where a turn was stopped.
    reply_in(cast.bob, state="stopped", started_at=None, input_tokens=0, output_tokens=0)
    told = doctor("--fix")
    assert (told.code, told.found, told.left) == (0, {}, 0), told.text


@pytest.mark.parametrize(("harm", "what", "count"), MENDED)
def test_what_is_broken_is_found_and_mended_when_asked(
    cast: Cast, doctor: Callable[..., Told], harm: Callable[[Cast], object], what: str, count: int
) -> None:
    harm(cast)
    for _ in range(2):
        told = doctor()
        assert (told.code, told.found[what]) == (1, (count, 0)), told.text
        assert f"{counted(told.left, 'thing')} wrong" in told.text
    told = doctor("--fix")
    assert told.found[what] == (count, count), told.text
    assert told.code == 0
    told = doctor()
    assert (told.code, told.found) == (0, {}), told.text


@pytest.mark.parametrize(("harm", "what", "count"), REPORTED)
def test_what_nobody_can_mend_is_reported_with_what_to_do(
    cast: Cast, doctor: Callable[..., Told], harm: Callable[[Cast], object], what: str, count: int
) -> None:
    harm(cast)
    for options in ((), ("--fix",), ("--fix",)):
        told = doctor(*options)
        assert (told.code, told.found[what], told.left) == (1, (count, 0), count), told.text


def test_for_people_it_says_what_where_and_what_to_do(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    lose_picture(cast)
    miscount_likes(cast)
    capsys.readouterr()
    assert main(["doctor"]) == 1
    said = capsys.readouterr()
    picture, bot = Media.objects.get().pk, Bot.objects.get().pk
    assert f"1 x files of rows that are not on the disk (accounts.Media {picture}). Bring them back from a" in said.out
    assert f"likes_count is not what was given (bot {bot}). `botcafe doctor --fix` mends them." in said.out
    assert said.err == "botcafe: 2 things wrong and not mended.\n"


def test_a_file_that_nobody_names_is_put_aside_and_not_deleted(cast: Cast, doctor: Callable[..., Told]) -> None:
    path = leave_file(cast)
    young = leave_file(cast, "just-written")
    os.utime(young)
    doctor("--fix")
    assert not path.exists()
    assert (Path(settings.DATA) / ASIDE / path.name).read_bytes() == b"bytes of nobody"
    # Its row may be on the way.
    assert young.exists()


@pytest.mark.parametrize("folder", ["", "ab/deeper", "not/here"])
def test_a_file_is_found_wherever_it_lies_in_the_folder(cast: Cast, doctor: Callable[..., Told], folder: str) -> None:
    upload(cast.alice)
    # The last is a copy of a file that a row does name, where nobody looks for it.
    key = Media.objects.get().storage_key if folder == "not/here" else "holiday.jpg"
    path = leave_file(cast, key, folder)
    assert doctor().found == {"files that no row names": (1, 0)}
    assert doctor("--fix").found == {"files that no row names": (1, 1)}
    assert (Path(settings.DATA) / ASIDE / path.name).read_bytes() == b"bytes of nobody"
    assert doctor().found == {}


def test_files_of_one_name_are_put_aside_beside_each_other(cast: Cast, doctor: Callable[..., Told]) -> None:
    for folder in ("", "cd"):
        leave_file(cast, "twin", folder).write_bytes(folder.encode())
        os.utime(Path(settings.DATA) / "media" / folder / "twin", (time.time() - 7200,) * 2)
    doctor("--fix")
    assert sorted(path.read_bytes() for path in (Path(settings.DATA) / ASIDE).glob("twin*")) == [b"", b"cd"]


def test_a_living_reply_is_left_alone(cast: Cast, doctor: Callable[..., Told]) -> None:
    owner = uuid.uuid4().hex
    mark_alive(settings.DATA, owner)
    made = reply_in(cast.alice, state="streaming", lease_owner=owner, lease_until=from_epoch(time.time() - 60))
    Message.objects.filter(pk=made.message_id).update(is_growing=True)
    KeyReservation.objects.create(api_key_id=make(cast.alice), tokens=5, created_at=now(), generation_id=made.pk)
    told = doctor("--fix")
    assert (told.code, told.found) == (0, {}), told.text
    assert Generation.objects.get(pk=made.pk).state == "streaming"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its foreign keys itself")
def test_a_row_that_names_a_missing_one_is_found(cast: Cast, doctor: Callable[..., Told]) -> None:
    _, messages = chat_of(cast.alice)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("UPDATE companions_message SET bot_id = 987654 WHERE id = %s", [messages[0]])
    told = doctor()
    assert (told.code, told.found) == (1, {"rows that name a row which is gone": (1, 0)})
    Message.objects.filter(pk=messages[0]).update(bot=None)


def test_many_faults_of_one_kind_are_a_few_lines(cast: Cast, doctor: Callable[..., Told]) -> None:
    """What is kept of them does not grow with their number."""
    for number in range(12):
        leave_file(cast, f"abandoned-{number}")
    told = doctor()
    assert told.found == {"files that no row names": (12, 0)}
    assert told.text.count("abandoned-") == 5


def test_every_check_has_a_test_here() -> None:
    assert set(CHECKS) == {
        "database", "spool", "growing", "leaves", "ledger", "counters", "files", "keys", "reservations", "tasks",
    }  # fmt: skip
