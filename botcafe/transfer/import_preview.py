"""What an import would make, without writing anything."""

from collections import Counter

from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.areas.knowledge.lore.lorebook_import import fault_of, name_for, title_for
from botcafe.cms.schema.actor import Actor
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.chats.groups import ImportedGroup
from botcafe.formats.chats.model import ImportedChat
from botcafe.formats.lore.model import Lorebook
from botcafe.transfer.import_batch import ImportBatch
from botcafe.transfer.import_chats import match_speakers
from botcafe.transfer.import_groups import match_members
from botcafe.transfer.known_files import digest_of, marks_of
from botcafe.transfer.outcome import CreatedItem, ImportOutcome, file_stem
from botcafe.transfer.reading import known_outcome, new_outcome, read_file_for

MAX_PREVIEW_TEXT = 200


def preview_file(
    actor: Actor, data: bytes, name: str = "", bot: int | None = None, batch: ImportBatch | None = None
) -> ImportOutcome:
    """What `import_file` would do, with counts and first lines instead of ids. Raises as it does."""
    name, batch = clean_text(name), batch or ImportBatch()
    found = read_file_for(actor, data, name)
    if known := known_outcome(actor, [digest_of(data, bot if found.chats else None), *marks_of(found)], found, batch):
        return {**known, "dry_run": True}
    outcome = new_outcome(found)
    outcome["dry_run"] = True
    created = outcome["created"]
    for card in found.cards:
        _preview_card(outcome, card)
        batch.add_card(card)
    for book in found.books:
        duplicate = batch.find_duplicate_reason(book)
        outcome["skipped"] += duplicate
        if not duplicate:
            _preview_book(outcome, book, file_stem(name) or "a file")
    for chat in found.chats:
        _preview_chat(outcome, actor, chat, bot, name, batch.bots)
    if found.group is not None:
        _preview_group(outcome, actor, found.group, batch.bots)
    for persona in found.personas:
        created.append(_preview_item("personas", persona.name, persona.description))
    if found.preset is not None:
        created.append(_preview_item("samplerPresets", found.preset.name, found.preset.main))
    return outcome


def _preview_item(collection: str, name: str, text: str) -> CreatedItem:
    return {"collection": collection, "name": name, "first_lines": " ".join(text.split())[:MAX_PREVIEW_TEXT]}


def _preview_card(outcome: ImportOutcome, card: CharacterCard) -> None:
    item = _preview_item("bot", card.name, card.first_mes or card.description)
    item["greetings"] = len(card.alternate_greetings) + bool(card.first_mes)
    outcome["created"].append(item)
    if card.book is not None:
        _preview_book(outcome, card.book, card.name)


def _preview_book(outcome: ImportOutcome, book: Lorebook, owner_name: str) -> None:
    usable = [entry for entry in book.entries if fault_of(entry) is None]
    item = _preview_item("knowledgeCollections", name_for(book, owner_name), usable[0].content if usable else "")
    item["count"] = len(usable)
    outcome["created"].append(item)
    for number, entry in enumerate(book.entries):
        why = fault_of(entry)
        if why is not None:
            outcome["skipped"].append({"what": f"lore: {title_for(entry, number)}", "why": why})


def _preview_chat(
    outcome: ImportOutcome, actor: Actor, chat: ImportedChat, bot: int | None, name: str, earlier_bots: Counter[str]
) -> None:
    """`earlier_bots` are the names of bots that files before this one bring, in lower case."""
    speakers = match_speakers(actor, chat, bot)
    for speaker, found in speakers.items():
        if found is None and speaker.lower() not in earlier_bots:
            outcome["created"].append(_preview_item("bot", speaker, ""))
    title = chat.title or file_stem(name) or next(iter(speakers))
    first_text = next((message.text for message in chat.messages if not message.is_hidden), "")
    item = _preview_item("conversation", title, first_text)
    item["count"] = len(chat.messages)
    item["bots"] = [
        {"name": found.name if found else speaker, "id": found.pk if found else None}
        for speaker, found in speakers.items()
    ]
    item["user_name"] = chat.user_name
    outcome["created"].append(item)


def _preview_group(outcome: ImportOutcome, actor: Actor, group: ImportedGroup, earlier_bots: Counter[str]) -> None:
    members, outcome["skipped"] = match_members(actor, group, earlier_bots)
    if members:
        item = _preview_item("conversation", group.name, "")
        bots = [{"name": member.bot.name, "id": member.bot.pk} for member in members]
        outcome["created"].append({**item, "count": 0, "bots": bots})
