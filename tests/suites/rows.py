"""A valid row of every collection, for whoever is to own it, with the rows that it needs."""

import itertools
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.apps import apps
from django.db import connection

from botcafe.cms.models import RateCount
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM
from botcafe.cms.schema.collection import all_collections, get_collection
from botcafe.cms.write import write_operations
from tests.people import PASSWORD, Cast, Person

DAY = "2026-01-31T12:00:00.000Z"
LEXICAL = {"root": {"type": "root", "version": 1, "children": [], "direction": None, "format": "", "indent": 0}}
_SERIAL = itertools.count(1)
# Nobody has two rows of these, so a fresh one takes the place of the present one.
ONE_EACH = {"selfModeration"}


def png(width: int = 8, height: int = 8, colour: tuple[int, int, int] = (120, 70, 30)) -> bytes:
    """A plain picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\x00" + bytes(colour) * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def multipart(payload: Any, name: str = "cup.png", kind: str = "image/png", data: bytes | None = None) -> bytes:
    """The body of an upload, with the boundary ``x``."""
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    parts = b"--x\r\n" + head.encode() + (png() if data is None else data) + b"\r\n"
    if payload is not None:
        given = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        parts += b'--x\r\nContent-Disposition: form-data; name="_payload"\r\n\r\n' + given + b"\r\n"
    return parts + b"--x--\r\n"


MULTIPART = "multipart/form-data; boundary=x"


@dataclass
class House:
    """The cast and the rows that were made so far."""

    cast: Cast
    kept: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def row(self, slug: str, who: Person) -> dict[str, Any]:
        """The person's row of a collection, made on first use."""
        if (slug, who.name) not in self.kept:
            self.kept[slug, who.name] = self.fresh(slug, who)
        return self.kept[slug, who.name]

    def id(self, slug: str, who: Person) -> int:
        """Its id."""
        number: int = self.row(slug, who)["id"]
        return number

    def body(self, slug: str, who: Person) -> dict[str, Any]:
        """A document that fits, and that nothing unique stands against."""
        return RECIPES[slug].body(self, who)

    def fresh(self, slug: str, who: Person, **more: Any) -> dict[str, Any]:
        """One more row that belongs to the person."""
        recipe = RECIPES[slug]
        if slug == "users" and not more:
            found: dict[str, Any] = who.get(f"/api/users/{who.id}?depth=0")
            return found
        if slug in ONE_EACH:
            for row in who.get(f"/api/{slug}?depth=0")["docs"]:
                assert who.ask("DELETE", f"/api/{slug}/{row['id']}")[0] == 200
        data = {**self.body(slug, who), **more}
        if recipe.by == "system":
            return write_operations.create_document(get_collection(slug), SYSTEM, data, Query({"depth": "0"}))
        asking = self.cast.ada if recipe.by == "admin" else who
        status, answer = post(asking, slug, data)
        assert status == 201, (slug, answer)
        doc: dict[str, Any] = answer["doc"]
        return doc


def post(who: Person, slug: str, data: dict[str, Any]) -> tuple[int, Any]:
    """Ask for a new row: with a file where the collection holds files."""
    if slug == "media":
        return who.ask("POST", "/api/media?depth=0", multipart(data), content_type=MULTIPART)
    return who.ask("POST", f"/api/{slug}?depth=0", data)


@dataclass(frozen=True)
class Recipe:
    """How to make a row: its body, a change that fits it, and who may write it (its owner, an admin, the system)."""

    body: Callable[[House, Person], dict[str, Any]]
    change: dict[str, Any]
    by: str = "owner"


def fixed(**values: Any) -> Callable[[House, Person], dict[str, Any]]:
    """A body that needs no other row."""
    return lambda house, who: dict(values)


RECIPES: dict[str, Recipe] = {
    "users": Recipe(
        lambda h, w: {"email": f"guest{next(_SERIAL)}@cafe.test", "password": PASSWORD, "name": "Guest"},
        {"name": "Changed"},
    ),
    "media": Recipe(fixed(alt="a cup"), {"alt": "changed"}),
    "auditLog": Recipe(
        lambda h, w: {"user": w.id, "act": "update", "collection": "users", "row": "1"}, {"act": "changed"}, "system"
    ),
    "invites": Recipe(lambda h, w: {"code": f"welcome-{next(_SERIAL)}", "user": w.id}, {"note": "changed"}, "admin"),
    "bot": Recipe(
        lambda h, w: {
            "name": "Mocha",
            "slug": f"mocha-{next(_SERIAL)}",
            "system_prompt": "You are Mocha, and the word is cinnamon.",
            "scenario": "the cellar",
            "personality": "warm",
            "creator_display_name": "A",
            "is_public": False,
        },
        {"description": "changed"},
    ),
    "botInteractions": Recipe(lambda h, w: {"bot": h.fresh("bot", w)["id"], "liked": True}, {"favorited": True}),
    "conversation": Recipe(
        lambda h, w: {
            "title": "first chat",
            "bot_participation": [{"bot_id": h.id("bot", w), "role": "primary", "is_active": True}],
        },
        {"title": "changed"},
    ),
    "message": Recipe(lambda h, w: {"conversation": h.id("conversation", w), "entry": "hello"}, {"entry": "changed"}),
    "generations": Recipe(
        lambda h, w: {
            "user": w.id,
            "conversation": h.id("conversation", w),
            "message": h.id("message", w),
            "state": "complete",
        },
        {"error": "changed"},
        "system",
    ),
    "accessTokens": Recipe(
        lambda h, w: {"user": w.id, "name": "script", "scopes": ["chat"]}, {"name": "changed"}, "system"
    ),
    "samplerPresets": Recipe(fixed(name="Calm", settings={"temperature": 0.4}), {"name": "changed"}),
    "savedPrompts": Recipe(fixed(name="Slower", text="Slower, {{char}}."), {"name": "changed"}),
    "tokenLedger": Recipe(
        lambda h, w: {"user": w.id, "kind": "reply", "debit": "person", "credit": "openai", "tokens": 12},
        {"tokens": 1},
        "system",
    ),
    "personas": Recipe(fixed(name="Mask", description="a mask"), {"description": "changed"}),
    "knowledgeCollections": Recipe(fixed(name="Lore"), {"name": "changed"}),
    "knowledge": Recipe(
        lambda h, w: {
            "entry": "the cellar is locked",
            "type": "text",
            "knowledge_collection": h.id("knowledgeCollections", w),
        },
        {"entry": "changed"},
    ),
    "vectorRecords": Recipe(
        lambda h, w: {
            "vector_id": f"vec-{next(_SERIAL)}",
            "source_type": "knowledge",
            "source_id": "1",
            "tenant_id": str(w.id),
            "chunk_index": 0,
            "total_chunks": 1,
            "chunk_text": "the cellar",
            "metadata": {"type": "lore"},
        },
        {"chunk_text": "changed"},
    ),
    "memory": Recipe(
        lambda h, w: {"bot": h.id("bot", w), "conversation": h.id("conversation", w), "entry": "we talked"},
        {"entry": "changed"},
    ),
    "memoryMigration": Recipe(
        lambda h, w: {"user": w.id, "memory": h.id("memory", w), "status": "completed"}, {"details": {}}, "system"
    ),
    "knowledgeActivationLog": Recipe(lambda h, w: {"user": w.id, "trigger": "normal"}, {"trigger": "swipe"}, "system"),
    "api-key": Recipe(fixed(nickname="mine", provider="openai", key="sk-cinnamon-0123456789"), {"nickname": "changed"}),
    "mood": Recipe(fixed(mood="happy", note="a good day"), {"note": "changed"}),
    "selfModeration": Recipe(fixed(daily_time_limit_minutes=60), {"break_reminders": True}),
    "crisisSupport": Recipe(fixed(region="US", hotline_number="988"), {"description": "changed"}, "admin"),
    "memoryInsights": Recipe(lambda h, w: {"memory": h.id("memory", w)}, {"key_topics": ["changed"]}),
    "personaAnalytics": Recipe(lambda h, w: {"persona": h.id("personas", w)}, {"usage_count": 7}),
    "usageAnalytics": Recipe(fixed(date=DAY, total_messages=3), {"total_messages": 4}),
    "tokenGifts": Recipe(
        lambda h, w: {
            "to_user": (h.cast.alice if w.id == h.cast.bob.id else h.cast.bob).id,
            "token_amount": 5,
            "status": "pending",
        },
        {"message": "changed"},
    ),
    "subscriptionPayments": Recipe(
        lambda h, w: {
            "subscription_tier": h.id("subscriptionTiers", h.cast.ada),
            "amount": 9.5,
            "currency": "USD",
            "payment_method": "paypal",
            "status": "pending",
            "transaction_id": f"tx-{next(_SERIAL)}",
        },
        {"currency": "EUR"},
    ),
    "subscriptionTiers": Recipe(
        fixed(name="Free", price_monthly=0, token_allocation=10), {"description": "changed"}, "admin"
    ),
    "tokenPackages": Recipe(
        fixed(name="Small", token_amount=10, price=1, currency="USD"), {"currency": "EUR"}, "admin"
    ),
    "creatorProfiles": Recipe(fixed(display_name="Alice makes"), {"bio": "changed"}),
    "creatorPrograms": Recipe(fixed(name="Stars"), {"description": "changed"}, "admin"),
    "accessControl": Recipe(
        lambda h, w: {
            "resource_type": "bot",
            "resource_id": str(h.fresh("bot", w)["id"]),
            "shared_with_users": [h.cast.bob.id],
            "permission_level": "read",
        },
        {"share_link": "changed"},
    ),
    "consentLog": Recipe(
        lambda h, w: {"user": w.id, "purpose": "memory", "decision": "granted", "at": DAY},
        {"decision": "changed"},
        "system",
    ),
    "legalDocuments": Recipe(
        # A type of its own: of one type only one is active, and nobody has to agree to these.
        lambda h, w: {
            "title": "Notice",
            "document_type": f"notice-{next(_SERIAL)}",
            "content": LEXICAL,
            "version": "1",
            "effective_date": DAY,
            "is_active": True,
        },
        {"version": "2"},
        "admin",
    ),
    "userAgreements": Recipe(
        lambda h, w: {"legal_document": h.fresh("legalDocuments", h.cast.ada)["id"], "agreed_at": DAY},
        {"user_agent": "changed"},
    ),
    "documentation": Recipe(
        lambda h, w: {
            "title": "How",
            "category": "features",
            "content": LEXICAL,
            "slug": f"how-{next(_SERIAL)}",
            "is_published": True,
        },
        {"title": "changed"},
        "admin",
    ),
    "tutorials": Recipe(
        fixed(title="First", steps=[{"t": "open"}], difficulty_level="beginner", is_published=True),
        {"title": "changed"},
        "admin",
    ),
    "supportTickets": Recipe(
        fixed(subject="Help", description="It broke", category="bug", priority="low", status="open"),
        {"subject": "changed"},
    ),
    "supportMessages": Recipe(
        lambda h, w: {"ticket": h.id("supportTickets", w), "text": "And once more."}, {"text": "changed"}
    ),
}


def furnish(cast: Cast) -> House:
    """A house where Alice has a row of everything."""
    house = House(cast)
    for of in all_collections():
        house.row(of.slug, cast.alice)
    return house


def tables() -> list[str]:
    """All tables that are ours, but that of counts: a refusal is counted."""
    names = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("botcafe.")}
    return sorted(names - {RateCount._meta.db_table})


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, in an order of their contents: what a refusal must leave as it was."""
    with connection.cursor() as cursor:
        found = {}
        for table in tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def counted() -> dict[str, int]:
    """How many rows each table has."""
    return {table: len(rows) for table, rows in everything().items()}


def changed(before: dict[str, Any]) -> dict[str, Any]:
    """What differs from before, by table: nothing, after a refusal."""
    now = everything()
    return {table: now[table] for table in now if now[table] != before[table]}


def where(**tests: Any) -> str:
    """``where[id][equals]=1`` and so on: ``where(id=1)``, ``where(name__like="x")``."""
    from urllib.parse import urlencode

    pairs = []
    for key, value in tests.items():
        name, _, operator = key.partition("__")
        pairs.append((f"where[{name}][{operator or 'equals'}]", str(value)))
    return urlencode(pairs)


def asking(path: str, operator: str, value: Any) -> str:
    """The same for a dotted path."""
    from urllib.parse import quote

    return f"where[{quote(path)}][{operator}]={quote(str(value))}"
