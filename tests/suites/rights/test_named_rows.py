"""Naming another's row: every relation that clients write, tried with a private row of a stranger by every verb."""

from typing import Any

import pytest
from django.apps import apps

from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema import checks
from botcafe.cms.schema.collection import all_collections, collection_for_model, get_collection
from botcafe.cms.schema.fields import NOTHING, Relation
from tests.people import Person
from tests.suites.refusals import signed_in
from tests.suites.rows import MULTIPART, RECIPES, House, changed, everything, multipart, png, post
from tests.suites.test_relations import nested
from tests.transfer.test_account_export import taken

# Rows that everybody reads: there is no private one to name.
OPEN_TO_ALL = {"subscriptionTiers", "legalDocuments"}
ARRAY_ROW = {"role": "primary", "is_active": True}


def relations() -> list[tuple[str, str, str, str]]:
    """Every relation that clients write: slug, path, slug of the target, and what it needs."""
    found = []
    for of in all_collections():
        for path, spec in checks.writable_relations(of):
            head, _, last = path.rpartition(".")
            if path in of.columns:
                model = of.columns[path].related_model
            elif path in of.many:
                model = apps.get_model(of.many[path].to)
            else:
                model = child_columns(of.child_model(head))[last].related_model
            found.append((of.slug, path, collection_for_model(model).slug, str(spec.needs)))
    return found


CLOSED = [
    pytest.param(slug, path, target, id=f"{slug}-{path}")
    for slug, path, target, needs in relations()
    if needs != NOTHING and target not in OPEN_TO_ALL and RECIPES[slug].by == "owner"
]


def naming(slug: str, path: str, row_id: int, body: dict[str, Any]) -> dict[str, Any]:
    """The part of a body that names a row in a relation; the rows of an array keep all else that ``body`` has in them."""
    of = get_collection(slug)
    head, _, last = path.rpartition(".")
    if head in of.children:
        first = next(iter(body.get(head) or [{}]))
        return nested(head, [{**ARRAY_ROW, **first, last: row_id}])
    return nested(path, [row_id] if path in of.many else row_id)


def private_row(house: House, target: str) -> int:
    """A row of Alice's that Charlie may not read."""
    return house.cast.alice.id if target == "users" else int(house.fresh(target, house.cast.alice)["id"])


def merged(body: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """A body with more in it, in its groups too."""
    made = dict(body)
    for key, value in more.items():
        made[key] = merged(made[key], value) if isinstance(value, dict) and isinstance(made.get(key), dict) else value
    return made


@pytest.mark.parametrize(("slug", "path", "target"), CLOSED)
def test_a_strangers_private_row_is_named_by_no_verb(house: House, slug: str, path: str, target: str) -> None:
    charlie, hidden = house.cast.charlie, private_row(house, target)
    own, body = house.id(slug, charlie), house.body(slug, charlie)
    said = naming(slug, path, hidden, body)
    before = everything()
    answers = [
        post(charlie, slug, merged(body, said)),
        charlie.ask("PATCH", f"/api/{slug}/{own}?depth=0", said),
        charlie.ask("PATCH", f"/api/{slug}?where[id][equals]={own}&depth=0", said),
        charlie.ask("POST", f"/api/{slug}/{own}/duplicate", said),
    ]
    assert [status for status, _ in answers if status not in {400, 403}] == [], (slug, path, answers)
    assert any(str(hidden) in str(answer) for _, answer in answers)
    assert changed(before) == {}


def test_an_upload_names_no_owner_but_its_uploader(house: House) -> None:
    charlie, alice = house.cast.charlie, house.cast.alice
    body = multipart({"alt": "a cup", "user": alice.id, "storage_key": "x", "url": "/elsewhere"})
    status, answer = charlie.ask("POST", "/api/media?depth=0", body, content_type=MULTIPART)
    assert status == 201
    assert answer["doc"]["user"] == charlie.id
    assert answer["doc"]["url"] != "/elsewhere"


def test_what_a_row_names_already_may_be_sent_back(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    bot = house.fresh("bot", alice, is_public=True)["id"]
    chat = house.fresh("conversation", bob, bot_participation=[{"bot_id": bot, "role": "primary"}])
    close(alice, bot)
    status, answer = bob.ask("PATCH", f"/api/conversation/{chat['id']}?depth=0", {**chat, "title": "renamed"})
    assert status == 200, answer
    assert answer["doc"]["bot_participation"][0]["bot_id"] == bot


def test_a_copy_of_a_shared_chat_does_not_let_its_reader_meet_the_bot(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    chat = house.id("conversation", alice)
    share = {"resource_type": "conversation", "resource_id": str(chat), "shared_with_users": [bob.id]}
    alice.make("accessControl", {**share, "permission_level": "read"})
    status, answer = bob.ask("POST", f"/api/conversation/{chat}/duplicate", {})
    assert status == 200, answer
    before = everything()
    status, answer = bob.ask("POST", f"/api/conversation/{answer['doc']['id']}/turns", {"entry": "hello"})
    assert status == 403, answer
    assert changed(before) == {}


def test_a_private_bot_that_a_stranger_names_tells_nothing_of_itself(house: House) -> None:
    """Old clients name any bot; then neither the API nor a page shows what it is."""
    alice, bob = house.cast.alice, house.cast.bob
    secret = {"name": "Quillon Secretname", "greeting": "secret greeting", "description": "secret description"}
    hidden = house.fresh("bot", alice, is_public=False, system_prompt="secret prompt", **secret)["id"]
    chat = house.fresh("conversation", bob, bot_participation=[{"bot_id": hidden, "role": "primary"}])["id"]
    before = everything()
    shown = [
        bob.ask("POST", f"/api/conversation/{chat}/{door}", body)
        for door, body in (("turns", {"entry": "hello"}), ("preview", {"entry": "hello"}), ("fork", {"message": 0}))
    ]
    assert {status for status, _ in shown} <= {400, 403, 404}, shown
    assert changed(before) == {}
    shown += [bob.ask("GET", f"/api/conversation/{chat}?depth=3"), bob.ask("GET", "/api/conversation?depth=3")]
    browser = signed_in(bob)
    pages = [
        browser.get(path)
        for path in (f"/chats/{chat}", "/chats", f"/chats/{chat}/export.md", f"/api/conversation/{chat}/turns", "/")
    ]
    told = str(shown) + "".join(page.content.decode() for page in pages)
    assert "Quillon" not in told
    assert "secret" not in told


PRIVATE = {"is_public": False}


def close(owner: Person, bot: int) -> None:
    """Make a public bot private."""
    assert owner.ask("PATCH", f"/api/bot/{bot}", PRIVATE)[0] == 200


CLOSED_DOORS = [
    ("turns", {"entry": "hello"}),
    ("turns", {"mode": "regenerate"}),
    ("turns", {"mode": "continue"}),
    ("turns", {"mode": "impersonate"}),
    ("preview", {"entry": "hello"}),
    ("fork", {"message": 0}),
]


@pytest.mark.parametrize(("door", "body"), CLOSED_DOORS)
@pytest.mark.parametrize("thing", ["bot", "persona"])
def test_a_chat_asks_again_before_it_uses_a_bot_or_persona(
    house: House, thing: str, door: str, body: dict[str, Any]
) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    bot = house.fresh("bot", alice, is_public=True)["id"]
    mask = house.fresh("personas", alice, is_public=True)["id"]
    chat = house.fresh(
        "conversation", bob, persona=mask, bot_participation=[{"bot_id": bot, "role": "primary", "is_active": True}]
    )["id"]
    house.fresh("message", bob, conversation=chat)
    said = bob.make(
        "message", {"conversation": chat, "entry": "yes", "bot": bot, "message_attribution": {"is_ai_generated": True}}
    )
    asked = {"message": said["id"]} if door == "fork" else body
    alice.ask("PATCH", f"/api/{'bot' if thing == 'bot' else 'personas'}/{bot if thing == 'bot' else mask}", PRIVATE)
    before = everything()
    status, answer = bob.ask("POST", f"/api/conversation/{chat}/{door}", asked)
    assert status == 403, answer
    assert "not open to you any more" in str(answer)
    assert changed(before) == {}


def test_a_card_has_no_picture_that_its_reader_may_not_see(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    status, answer = alice.ask("POST", "/api/media?depth=0", multipart({"alt": "red"}), content_type=MULTIPART)
    assert status == 201
    picture = answer["doc"]["id"]
    public = house.fresh("bot", alice, is_public=True, picture=picture)["id"]
    own = house.fresh("bot", bob, picture=picture)["id"]
    _, shown = bob.ask("GET", f"/api/bot/{own}/card?format=charx")
    close(alice, public)
    status, card = bob.ask("GET", f"/api/bot/{own}/card?format=charx")
    assert status == 200
    stored = house_bytes(answer["doc"]["filename"], alice)
    assert stored in unzipped(shown)
    assert stored not in unzipped(card)


@pytest.mark.parametrize("also", ["alone", "closed"])
def test_a_strangers_file_that_a_bot_names_is_shown_nowhere(house: House, also: str) -> None:
    """Neither its bytes nor its name, which the address of a file tells."""
    alice, bob = house.cast.alice, house.cast.bob
    body = multipart({"alt": "planted-alt"}, "planted-name.png", data=png(9, 9))
    status, answer = alice.ask("POST", "/api/media?depth=0", body, content_type=MULTIPART)
    assert status == 201
    picture = answer["doc"]["id"]
    public = house.fresh("bot", alice, is_public=True, picture=picture)["id"]
    bot = house.fresh("bot", bob, picture=picture, card={"files": {"assets/a.png": picture}})
    own, slug = bot["id"], bot["slug"]
    chat = house.fresh("conversation", bob, bot_participation=[{"bot_id": own, "role": "primary", "is_active": True}])
    number = chat["id"]
    house.fresh("memory", bob, bot=own)
    browser = signed_in(bob)
    pages = ("/", f"/bots/{slug}", f"/bots/{slug}/edit", "/chats", f"/chats/{number}", f"/chats/{number}/drawer",
             f"/chats/{number}/branches", "/memories", "/account")  # fmt: skip
    seen = {page: browser.get(page) for page in pages}
    assert b"planted-name" in seen["/"].content, "while everybody may see it"
    if also == "closed":
        close(alice, public)
    else:
        assert alice.ask("DELETE", f"/api/bot/{public}")[0] == 200
    for page in pages:
        assert browser.get(page).status_code == seen[page].status_code
        assert b"planted-" not in browser.get(page).content, page
    addresses = (
        f"/api/conversation/{number}?depth=5",
        f"/api/conversation/{number}/settings",
        f"/api/bot/{own}?depth=5",
    )
    assert "planted-" not in str([bob.get(address) for address in addresses])
    stored = house_bytes(answer["doc"]["filename"], alice)
    cards = [bob.ask("GET", f"/api/bot/{own}/card?format={kind}")[1] for kind in ("png", "charx")]
    assert size_of(cards[0]) != (9, 9)
    assert stored not in unzipped(cards[1])
    exported = taken(bob).values()
    assert stored not in exported
    assert (9, 9) not in {size_of(each) for each in exported if each.startswith(b"\x89PNG")}


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


def house_bytes(name: str, who: Person) -> bytes:
    """The bytes of a file as its owner reads them."""
    status, data = who.ask("GET", f"/api/media/file/{name}")
    assert status == 200
    assert isinstance(data, bytes)
    return data


def unzipped(archive: bytes) -> list[bytes]:
    """The files of an archive."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [opened.read(name) for name in opened.namelist()]


@pytest.mark.parametrize("act", ["leaf", "remove", "clear"])
def test_a_strangers_memory_does_not_touch_a_chat(house: House, act: str) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    chat = house.fresh("conversation", alice)["id"]
    first = house.fresh("message", alice, conversation=chat)["id"]
    last = house.fresh("message", alice, conversation=chat)["id"]
    share = {"resource_type": "conversation", "resource_id": str(chat), "shared_with_users": [bob.id]}
    alice.make("accessControl", {**share, "permission_level": "write"})
    get_collection("conversation").model.objects.filter(pk=chat).update(memory_state={"done": first})
    for who in (bob, alice):
        made = house.fresh("memory", who, conversation=chat, source_messages=[987654321], origin=[1])
        assert (made["source_messages"], made["origin"]) == (None, None), "the server alone writes what it follows"
    # Rows of older versions, which did take such values.
    rows = get_collection("memory").model.objects.filter(conversation=chat)
    rows.update(source_messages=[987654321], origin=[1])
    body = {"leaf": {"message": first}, "remove": {"message": last}, "clear": {}}[act]
    status, answer = alice.ask("POST", f"/api/conversation/{chat}/{act}", body)
    assert status == 200, answer
    assert rows.get(user=bob.id).status == "active", "a memory of another's follows no branch of this chat"
    assert rows.get(user=alice.id).status == "retracted"


def test_a_closed_bot_is_deleted_though_a_strangers_chat_names_it(house: House) -> None:
    alice, bob = house.cast.alice, house.cast.bob
    bot = house.fresh("bot", alice, is_public=True)["id"]
    chat = house.fresh("conversation", bob, bot_participation=[{"bot_id": bot, "role": "primary"}])["id"]
    assert alice.ask("DELETE", f"/api/bot/{bot}")[0] == 409, "a chat that may have it keeps it"
    close(alice, bot)
    assert alice.ask("DELETE", f"/api/bot/{bot}")[0] == 200
    assert bob.get(f"/api/conversation/{chat}?depth=0")["bot_participation"] == []


def test_an_account_is_deleted_though_a_strangers_gift_names_it(house: House) -> None:
    ada, alice = house.cast.ada, house.cast.alice
    data = {"email": "guest-of-gifts@cafe.test", "password": "correct-horse"}
    guest = ada.ask("POST", "/api/users", data)[1]["doc"]["id"]
    gift = alice.make("tokenGifts", {"to_user": guest, "token_amount": 5, "status": "pending"})["id"]
    assert ada.ask("DELETE", f"/api/users/{guest}")[0] == 200
    assert alice.ask("GET", f"/api/tokenGifts/{gift}")[0] == 404


def test_a_relation_that_says_nothing_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_declarations() == []
    column = get_collection("bot").columns["picture"]
    assert isinstance(column, Relation)
    monkeypatch.setattr(column, "spec", type(column.spec)(kind="upload"))
    problems = checks.check_declarations()
    assert [(each.id, each.msg) for each in problems] == [
        ("cms.E004", "bot.picture does not say what access its row needs.")
    ]
