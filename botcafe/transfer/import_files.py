"""Any file that a person owns, brought in: a card, a lorebook, a chat, personas or a preset, told by its content."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.actions import update_bot
from botcafe.areas.companions.bots.card_import import import_card
from botcafe.areas.companions.personas.files import import_personas
from botcafe.areas.companions.presets.actions import import_preset
from botcafe.areas.knowledge.lore.field_map import clean
from botcafe.areas.knowledge.lore.lorebook_import import fault_of, keep_book, name_for, title_for
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.formats.bundles import read_bundle
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.chats.groups import ImportedGroup
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.detect import ImportedFile, read_file
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.model import Lorebook
from botcafe.kit.compensation import compensate_on_failure
from botcafe.transfer.import_chats import cast_for, keep_chat
from botcafe.transfer.import_groups import DIGITS, keep_group, members_of

Outcome = dict[str, Any]
FIRST_LINES = 200
WORDS = {
    "card": "character card",
    "backyard": "Backyard archive",
    "lorebook": "lorebook",
    "chat": "chat",
    "group": "group of characters",
    "personas": "personas",
    "preset": "preset",
}


@dataclass(slots=True)
class ImportBatch:
    """What files that come together know of those before them: the bots by name, in small letters, and their books."""

    bots: set[str] = field(default_factory=set)
    books: dict[str, str] = field(default_factory=dict)

    def add(self, card: CharacterCard) -> None:
        """A card that has come, or would come."""
        self.bots.add(card.name.lower())
        if card.book is not None:
            self.books.setdefault(_contents(card.book), card.name)

    def why_twice(self, book: Lorebook) -> list[dict[str, str]]:
        """Why a lorebook is not made again: a card has brought just these entries, and the file has nothing more."""
        owner = None if any(e.extensions for e in book.entries) else self.books.get(_contents(book))
        why = f"the same entries came with the card of {owner}"
        return [{"what": f"lore: {book.name or 'a book'}", "why": why}] if owner else []


def _contents(book: Lorebook) -> str:
    """What the entries say, however the file writes it."""
    made = (replace(e, raw={}, extensions={}, selective=e.selective and bool(e.secondary_keys)) for e in book.entries)
    return repr(list(made))


def bring(actor: Actor, data: bytes, name: str = "", bot: int | None = None, lot: ImportBatch | None = None) -> Outcome:
    """Bring one file in: ``{kind, created: [{collection, id, name, slug?}], skipped: [{what, why}], warnings}``.

    One transaction: all of it or nothing. ``bot`` is whom a chat belongs to where no bot of its name is there. Raises
    ApiError with what is wrong with the file, and Forbidden.
    """
    name, lot = clean(name), lot or ImportBatch()
    found = _read(actor, data, name)
    if found.kind == "personas":
        return import_personas(actor, data)
    if found.kind == "preset":
        return import_preset(actor, data, name)
    outcome = _outcome(found)
    with compensate_on_failure(), transaction.atomic():
        for card in found.cards:
            created, skipped = import_card(actor, card)
            outcome["created"] += created
            outcome["skipped"] += skipped
        for book in found.books:
            if twice := lot.why_twice(book):
                outcome["skipped"] += twice
                continue
            made, skipped = keep_book(actor, book, _stem(name) or "a file")
            outcome["created"].append(_made("knowledgeCollections", made["name"], id=made["id"]))
            outcome["skipped"] += skipped
        for chat in found.chats:
            title = name if len(found.chats) == 1 and not found.cards else ""
            outcome["created"] += keep_chat(actor, chat, bot, title)
        if found.group is not None:
            outcome["created"], outcome["skipped"] = keep_group(actor, found.group)
    for card in found.cards:
        lot.add(card)
    return outcome


def preview(
    actor: Actor, data: bytes, name: str = "", bot: int | None = None, lot: ImportBatch | None = None
) -> Outcome:
    """What ``bring`` would do, with counts and first lines instead of ids; nothing is written. Raises as it does."""
    name, lot = clean(name), lot or ImportBatch()
    found = _read(actor, data, name)
    outcome = _outcome(found) | {"dry_run": True}
    for card in found.cards:
        _preview_card(outcome, card)
        lot.add(card)
    for book in found.books:
        outcome["skipped"] += (twice := lot.why_twice(book))
        if not twice:
            _preview_book(outcome, book, _stem(name) or "a file")
    for chat in found.chats:
        _preview_chat(outcome, actor, chat, bot, name, lot.bots)
    if found.group is not None:
        _preview_group(outcome, actor, found.group, lot.bots)
    for person in found.personas:
        outcome["created"].append(_made("personas", person.name, first_lines=_first(person.description)))
    if found.preset is not None:
        outcome["created"].append(_made("samplerPresets", found.preset.name, first_lines=_first(found.preset.main)))
    return outcome


def unpacked(files: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], list[dict[str, str]]]:
    """The same files, with what is in a zip of many in its place; and what of it is left out.

    Raises ApiError for a damaged or too large zip.
    """
    found: list[tuple[str, bytes]] = []
    left_out: list[dict[str, str]] = []
    for name, data in files:
        try:
            bundle = read_bundle(data)
        except FormatError as error:
            raise _refused(error) from error
        found += [(name, data)] if bundle is None else bundle.files
        left_out += [{"what": what, "why": why} for what, why in (bundle.left_out if bundle else ())]
    return found, left_out


def each_file(actor: Actor, files: list[tuple[str, bytes]], bot: int | None = None, *, is_look: bool) -> list[Outcome]:
    """``bring``, or for a look ``preview``, several files: each stands or falls alone, a refusal is told in its place.

    A chat in a folder that is called as the file of a card belongs to that card's bot. A lorebook whose very entries a
    card has brought is not made again.
    """
    outcomes: list[Outcome] = []
    homes: dict[str, int | None] = {}
    lot = ImportBatch()
    for name, data in files:
        home = homes.get(_folder(name)) or bot
        try:
            outcomes.append({"file": name, **(preview if is_look else bring)(actor, data, name, home, lot)})
        except ApiError as error:
            refused: Outcome = {"file": name, "kind": None, "created": [], "skipped": [], "warnings": []}
            outcomes.append({**refused, "error": error.message, "status": error.status})
        bots = [each for each in outcomes[-1]["created"] if each["collection"] == "bot"]
        lot.bots |= {each["name"].lower() for each in bots}
        if len(bots) == 1:
            homes.setdefault(_stem(name), bots[0].get("id"))
    if not is_look:
        _hang_lore(actor, outcomes)
    return outcomes


def _hang_lore(actor: Actor, outcomes: list[Outcome]) -> None:
    """Give cards the lore that they name and that has come in a file of its own."""
    made = [(told["file"], each) for told in outcomes for each in told["created"]]
    books = {_stem(file): each["id"] for file, each in made if each["collection"] == "knowledgeCollections"}
    for _, each in made:
        if each.get("lore") in books:
            update_bot(actor, each["slug"], {"knowledge_collections": [books[each["lore"]]]})


def _folder(name: str) -> str:
    return name.split("/")[-2] if "/" in name else ""


def _read(actor: Actor, data: bytes, name: str) -> ImportedFile:
    if not actor.is_signed_in:
        raise Forbidden
    try:
        return read_file(data, name)
    except FormatError as error:
        raise _refused(error) from error


def _refused(error: FormatError) -> ApiError:
    refused = ApiError(str(error))
    refused.status = 413 if error.code == "too_large" else 400
    return refused


def _outcome(found: ImportedFile) -> Outcome:
    kind = WORDS[found.kind]
    if found.kind == "card":
        kind = f"{kind} ({found.cards[0].spec.upper()})"
    return {"kind": kind, "created": [], "skipped": [], "warnings": list(found.warnings)}


def _made(collection: str, name: str, **more: Any) -> dict[str, Any]:
    return {"collection": collection, "name": name, **more}


def _stem(file_name: str) -> str:
    base = file_name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] if "." in base else base


def _first(text: str) -> str:
    return " ".join(text.split())[:FIRST_LINES]


def _preview_card(outcome: Outcome, card: CharacterCard) -> None:
    made = _made("bot", card.name, first_lines=_first(card.first_mes or card.description))
    outcome["created"].append({**made, "greetings": len(card.alternate_greetings) + bool(card.first_mes)})
    if card.book is not None:
        _preview_book(outcome, card.book, card.name)


def _preview_book(outcome: Outcome, book: Lorebook, owner_name: str) -> None:
    good = [entry for entry in book.entries if fault_of(entry) is None]
    lines = _first(good[0].content) if good else ""
    outcome["created"].append(
        _made("knowledgeCollections", name_for(book, owner_name), count=len(good), first_lines=lines)
    )
    for number, entry in enumerate(book.entries):
        why = fault_of(entry)
        if why is not None:
            outcome["skipped"].append({"what": f"lore: {title_for(entry, number)}", "why": why})


def _preview_chat(
    outcome: Outcome, actor: Actor, chat: ImportedChat, bot: int | None, name: str, brought: set[str]
) -> None:
    """``brought`` are the names of the bots that come before it."""
    cast = cast_for(actor, chat, bot)
    for speaker, found in cast.items():
        if found is None and speaker.lower() not in brought:
            outcome["created"].append(_made("bot", speaker, first_lines=""))
    bots = [
        {"name": found.name if found else speaker, "id": found.pk if found else None} for speaker, found in cast.items()
    ]
    title = chat.title or _stem(name) or next(iter(cast))
    first = next((message.text for message in chat.messages if not message.is_hidden), "")
    made = _made("conversation", title, count=len(chat.messages), first_lines=_first(first))
    outcome["created"].append({**made, "bots": bots, "user_name": chat.user_name})


def _preview_group(outcome: Outcome, actor: Actor, group: ImportedGroup, coming: Collection[str]) -> None:
    members, absent = members_of(actor, group)
    bots = [{"name": bot.name, "id": bot.pk} for bot, _ in members.values()]
    later = [each["what"] for each in absent if each["what"].lower().rstrip(DIGITS) in coming]
    bots += [{"name": name, "id": None} for name in later]
    outcome["skipped"] = [each for each in absent if each["what"] not in later]
    if bots:
        outcome["created"].append(_made("conversation", group.name, count=0, first_lines="", bots=bots))
