"""What is settled once all rows are there: the ends of chats, the owners of files, and who is admin."""

from typing import Any

from botcafe.cli.payload_import.payload_database import PayloadImportError
from botcafe.cli.payload_import.report import HERE_ALREADY
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import bulk

SHOWN_BY = (
    ("users", "avatar", "pk"),
    ("bot", "picture", "user_id"),
    ("personas", "appearance_avatar", "user_id"),
    ("creatorProfiles", "avatar", "user_id"),
)


def settle(arrival: PayloadImport) -> None:
    """All of it."""
    set_ends(arrival)
    for plan in arrival.plans:
        if plan.of.is_upload and plan.lacks("user"):
            find_owners(arrival, plan)
    name_admin(arrival)


def check_admin(arrival: PayloadImport) -> None:
    """Before anything is written: the address that was asked for is there. Raises ArrivalError."""
    if not arrival.admin or bulk.has_rows(get_collection("users").model, email=arrival.admin):
        return
    addresses = (str(email or "").strip().lower() for (email,) in arrival.source.rows("users", ("email",)))
    if arrival.admin not in addresses:
        raise PayloadImportError(f"No account has the address {arrival.admin}: neither in this database nor here.")


def remember_ends(arrival: PayloadImport) -> None:
    """Before messages come: which message of a chat that is here already is the last."""
    chats = arrival.ids.get("conversation")
    if chats and HERE_ALREADY in chats.stays.values():
        model = get_collection("conversation").model
        arrival.last_messages.update(bulk.iter_pairs(model, "pk", "active_leaf_id", active_leaf__isnull=False))


def set_ends(arrival: PayloadImport) -> None:
    """Every chat ends with its last message."""
    ends = ((leaf, chat) for chat, leaf in arrival.last_messages.items())
    bulk.set_column(get_collection("conversation").model, "active_leaf_id", ends)


def find_owners(arrival: PayloadImport, plan: CollectionPlan) -> None:
    """Files of older installations have no owner: they become theirs who show them first."""
    ids = arrival.ids["media"]
    lonely = {new for old, new in ids.new.items() if old not in ids.stays}
    owners: dict[int, int] = {}
    for slug, field, owner in SHOWN_BY:
        for file, user in bulk.iter_related(get_collection(slug).model, (field, owner), lonely - owners.keys()):
            owners.setdefault(file, user)
    link: Any = get_collection("message").many["message_content.media_attachments"].link
    for file, user in bulk.iter_related(link, ("target_id", "parent__user_id"), lonely - owners.keys()):
        owners.setdefault(file, user)
    bulk.set_column(plan.of.model, "user_id", ((user, file) for file, user in owners.items()))
    arrival.report.changes.append(
        f"media: no owners in this database; {len(owners)} of {len(lonely)} files were given to those who show them"
    )


def name_admin(arrival: PayloadImport) -> None:
    """The one who was asked for; else whom the old roles named; else, where there is none, the first account."""
    users = get_collection("users").model
    if arrival.admin and not bulk.update_rows(users, {"email": arrival.admin}, {"role": "admin"}):
        raise PayloadImportError(f"No account has the address {arrival.admin}: neither in this database nor here.")
    if not bulk.has_rows(users, role="admin"):
        first = min(arrival.ids["users"].new.items(), default=None)
        if first is not None:
            bulk.update_rows(users, {"pk": first[1]}, {"role": "admin"})
            arrival.report.notes.append("No role was found in this database: its first account is admin.")
    arrival.report.admins = [email for email, _ in bulk.iter_pairs(users, "email", "pk", role="admin")]
