"""Collaborators of a lorebook: invited by its owner, all with the same permissions."""

from typing import Any

from django.db import transaction

from botcafe.areas.creators.people import get_account_id, parse_id
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS, KnowledgeCollection
from botcafe.areas.knowledge.lore.books import book_for
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now

FLAT = Query({"depth": "0"})
PERMISSIONS = ("read", "write", "admin")
MAX_COLLABORATORS = 200
Told = dict[str, Any]


def add_collaborator(actor: Actor, book_id: int, who: object, permissions: object, *, for_all: bool = False) -> Told:
    """Invite an account, by id or e-mail, to a collection: ``{collaborators, permissions}``.

    Permissions count for all collaborators alike; others than those in force are refused unless ``for_all``. A private
    collection becomes a shared one. Only the owner invites. Raises NotFound, Forbidden, BadRequest, Conflict, TooMany.
    """
    # Inviting by e-mail tells whether an account exists, so it is limited like signing in.
    limit_rate("invite", str(actor.id))
    asked = _permissions(permissions)
    with transaction.atomic():
        book = _lock_book(actor, book_id)
        if book.sharing_settings_allow_collaboration is False:
            raise Conflict("This collection does not allow collaboration; allow it in its settings first.")
        user = get_account_id(who)
        people, present = collaborator_ids(book), active_permissions(book)
        if user == book.user_id:
            raise BadRequest("The owner needs no invitation.")
        others = [each for each in people if each != user]
        # The schema has one list of permissions for all collaborators, so a change for one is a change for everybody.
        if others and asked != present and not for_all:
            raise Conflict(f"All collaborators of a collection may {_named(present)}; send for_all to change that.")
        if len(others) >= MAX_COLLABORATORS:
            raise Conflict(f"A collection has at most {MAX_COLLABORATORS} collaborators.")
        return _save_collaborators(actor, book, [*others, user], asked)


def remove_collaborator(actor: Actor, book_id: int, user: object) -> Told:
    """Remove a collaborator; a collaborator may also leave. Raises NotFound, Forbidden and BadRequest."""
    number = parse_id(user)
    if number is None:
        raise BadRequest("remove: give the id of a collaborator.")
    with transaction.atomic():
        book = _lock_book(actor, book_id, leaves=number == actor.id)
        people = collaborator_ids(book)
        if number not in people:
            raise NotFound("There is no such collaborator.")
        return _save_collaborators(actor, book, [each for each in people if each != number], active_permissions(book))


def _lock_book(actor: Actor, book_id: int, *, leaves: bool = False) -> KnowledgeCollection:
    """The lorebook, locked until the transaction ends. Raises NotFound, and Forbidden where the actor may not decide."""
    book_for(actor, book_id)
    # Only owners may delete, so that rule stands for "is the owner or an administrator".
    may_decide = leaves or KNOWLEDGE_COLLECTIONS.visible_to(actor, "delete").filter(pk=book_id).exists()
    if not may_decide:
        raise Forbidden
    # Two invitations at once would otherwise each write a list without the other.
    book: KnowledgeCollection = KnowledgeCollection.objects.select_for_update().get(pk=book_id)
    return book


def _save_collaborators(actor: Actor, book: KnowledgeCollection, people: list[int], permissions: list[str]) -> Told:
    is_private = book.sharing_settings_sharing_level == "private"
    change: dict[str, object] = {
        "collaborators": {
            "collab_user_ids": people,
            "collab_perms": permissions,
            "invited_by_user": book.user_id,
            "invited_at": now(),
        },
        "usage_analytics": {"collaboration_count": len(people)},
    }
    if is_private and people:
        change["sharing_settings"] = {"sharing_level": "shared"}
    write_operations.update_by_id(KNOWLEDGE_COLLECTIONS, SYSTEM, book.pk, change, FLAT)
    return {"collaborators": people, "permissions": permissions}


def _permissions(given: object) -> list[str]:
    asked = [given] if isinstance(given, str) else given if isinstance(given, list) else None
    if not asked or any(each not in PERMISSIONS for each in asked):
        raise BadRequest("permissions: choose of read, write and admin.")
    return [each for each in PERMISSIONS if each in asked or each == "read"]


def active_permissions(book: KnowledgeCollection) -> list[str]:
    """The permissions that all collaborators have; reading is always among them."""
    given = book.collaborators_collab_perms or []
    return [each for each in PERMISSIONS if each in given or each == "read"]


def collaborator_ids(book: KnowledgeCollection) -> list[int]:
    """The account ids of the collaborators; entries of the stored list that are no ids are skipped."""
    return [number for each in book.collaborators_collab_user_ids or [] if (number := parse_id(each)) is not None]


def _named(permissions: list[str]) -> str:
    return " and ".join(permissions)
