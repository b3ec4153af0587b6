"""The bodies of requests: checked here, or passed to the action that checks them with words of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from botcafe.api.http.bodies import body_field, passed_field
from botcafe.api.schema.parts import BOOLEAN, ID, INSTANT, STRING, array_of, enum_of, integer, nullable, string
from botcafe.areas.knowledge.memories.actions import MAX_MEMORIES_AT_ONCE
from botcafe.search.person_search import KINDS, MAX_RESULTS
from botcafe.search.wait import MAX_WAIT_SECONDS

MAX_QUERY_CHARACTERS = 4000
MAX_GREETING = 10_000
START_CHAT = 'Give {"bot": "slug", "greeting": 0, "temporary": false}.'
MEMORY_IDS = f"ids must be a list of 1 to {MAX_MEMORIES_AT_ONCE} ids of your memories."
SOURCE_TYPES = f"source_types: a list of {', '.join(KINDS)}."


def _number_problem(name: str, minimum: int, maximum: int) -> str:
    return f"{name}: a whole number from {minimum:,} to {maximum:,}."


@dataclass(frozen=True, slots=True)
class StartChatBody:
    """``POST /api/account/chats``."""

    bot: str = body_field(STRING, START_CHAT)
    greeting: int = body_field(integer(0, MAX_GREETING), START_CHAT, default=0)
    temporary: object = passed_field(BOOLEAN)


@dataclass(frozen=True, slots=True)
class SwitchBranchBody:
    """``POST /api/conversation/{id}/leaf``; ``parent`` is the leaf that the page showed."""

    message: object = passed_field(ID, is_required=True)
    exact: object = passed_field(BOOLEAN)
    parent: object = passed_field(nullable(ID))


@dataclass(frozen=True, slots=True)
class EditMessageBody:
    """``POST /api/conversation/{id}/edit``."""

    message: object = passed_field(ID, is_required=True)
    entry: object = passed_field(string(100_000, 1), is_required=True)
    reason: object = passed_field(nullable(string(200)))


@dataclass(frozen=True, slots=True)
class RemoveMessageBody:
    """``POST /api/conversation/{id}/remove``."""

    message: object = passed_field(ID, is_required=True)
    following: object = passed_field(BOOLEAN)
    parent: object = passed_field(nullable(ID))


@dataclass(frozen=True, slots=True)
class UndoBody:
    """``POST /api/conversation/{id}/undo``."""

    undo: object = passed_field(STRING, is_required=True)
    message: object = passed_field(nullable(ID))


@dataclass(frozen=True, slots=True)
class MessageBody:
    """``POST /api/conversation/{id}/fork``."""

    message: object = passed_field(ID, is_required=True)


@dataclass(frozen=True, slots=True)
class ReactionBody:
    """``POST /api/conversation/{id}/react``."""

    message: object = passed_field(ID, is_required=True)
    emoji: object = passed_field(string(20, 1), is_required=True)


@dataclass(frozen=True, slots=True)
class SearchBody:
    """``POST /api/search``."""

    query: str = body_field(
        string(MAX_QUERY_CHARACTERS, 1), f"query: write what to look for, in 1 to {MAX_QUERY_CHARACTERS:,} characters."
    )
    bot: int | None = body_field(nullable(ID), _number_problem("bot", 1, 2**53), default=None)
    conversation: int | None = body_field(nullable(ID), _number_problem("conversation", 1, 2**53), default=None)
    persona: int | None = body_field(nullable(ID), _number_problem("persona", 1, 2**53), default=None)
    source_types: Sequence[str] | None = body_field(
        nullable(array_of(enum_of(*KINDS), least=1)), SOURCE_TYPES, default=None
    )
    limit: int | None = body_field(
        nullable(integer(1, MAX_RESULTS)), _number_problem("limit", 1, MAX_RESULTS), default=None
    )
    budget_tokens: int | None = body_field(
        nullable(integer(1, 1_000_000)), _number_problem("budget_tokens", 1, 1_000_000), default=None
    )


@dataclass(frozen=True, slots=True)
class WaitBody:
    """``POST /api/search/wait``."""

    timeout: float = body_field(
        {"type": "number", "minimum": 0, "maximum": MAX_WAIT_SECONDS},
        f"timeout: seconds from 0 to {MAX_WAIT_SECONDS}.",
        default=30,
    )


@dataclass(frozen=True, slots=True)
class PinMemoryBody:
    """``POST /api/memory/{id}/pin``."""

    pinned: bool = body_field(BOOLEAN, "pinned must be true or false.")


@dataclass(frozen=True, slots=True)
class MemoryIdsBody:
    """``POST /api/memory/undo-lore``."""

    ids: object = passed_field(array_of(ID, least=1, most=MAX_MEMORIES_AT_ONCE), is_required=True)


@dataclass(frozen=True, slots=True)
class MemoryStatusBody:
    """``POST /api/memory/status``."""

    ids: object = passed_field(array_of(ID, least=1, most=MAX_MEMORIES_AT_ONCE), is_required=True)
    status: object = passed_field(enum_of("active", "retracted"), is_required=True)


@dataclass(frozen=True, slots=True)
class MergeMemoriesBody:
    """``POST /api/memory/merge``."""

    ids: object = passed_field(array_of(ID, least=1, most=MAX_MEMORIES_AT_ONCE), is_required=True)
    entry: object = passed_field(STRING)
    title: object = passed_field(STRING)


@dataclass(frozen=True, slots=True)
class MemoriesToLoreBody:
    """``POST /api/memory/to-lore``."""

    ids: object = passed_field(array_of(ID, least=1, most=MAX_MEMORIES_AT_ONCE), is_required=True)
    collection: object = passed_field(nullable(ID))


@dataclass(frozen=True, slots=True)
class RetryDocumentBody:
    """``POST /api/knowledgeCollections/{id}/documents/retry``."""

    id: int = body_field(ID, "id: give the number of a document.")


@dataclass(frozen=True, slots=True)
class PasswordBody:
    """The password of something shared."""

    password: object = passed_field(string(200, 1), is_required=True)


@dataclass(frozen=True, slots=True)
class PassphraseBody:
    """``POST /api/api-key/{id}/unlock``."""

    passphrase: object = passed_field(STRING, is_required=True)


@dataclass(frozen=True, slots=True)
class ChangePassphraseBody:
    """``POST /api/api-key/{id}/passphrase``."""

    passphrase: object = passed_field(STRING, is_required=True)
    new_passphrase: object = passed_field(STRING, is_required=True)


@dataclass(frozen=True, slots=True)
class EmailBody:
    """``POST /api/users/forgot-password`` and ``unlock``."""

    email: object = passed_field(STRING)


@dataclass(frozen=True, slots=True)
class ResetPasswordBody:
    """``POST /api/users/reset-password``."""

    token: object = passed_field(STRING, is_required=True)
    password: object = passed_field(STRING, is_required=True)


@dataclass(frozen=True, slots=True)
class NewTokenBody:
    """``POST /api/account/tokens``."""

    name: object = passed_field(string(100, 1), is_required=True)
    scopes: object = passed_field(array_of(enum_of("chat", "embeddings"), least=1))
    expires_at: object = passed_field(nullable(INSTANT))


@dataclass(frozen=True, slots=True)
class EraseBody:
    """``POST /api/account/erase``: the password, or the code that was mailed to an account without one."""

    password: object = passed_field(STRING)
    code: object = passed_field(STRING)
    immediately: bool = body_field(BOOLEAN, "immediately: true erases without days of grace.", default=False)


@dataclass(frozen=True, slots=True)
class ConsentBody:
    """``POST /api/account/consent``: versions to agree to, by their ids, and one to take back."""

    agreements: object = passed_field(array_of(ID, most=20))
    withdraw: int | None = body_field(ID, "withdraw: the id of a legal document that you have agreed to.", default=None)
