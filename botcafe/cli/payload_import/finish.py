"""What is set once all rows are imported: last messages of chats, owners of files, and the admin."""

from typing import Any

from botcafe.areas.wellbeing.sealed_notes import seal_plain_notes
from botcafe.cli.payload_import.payload_database import PayloadImportError
from botcafe.cli.payload_import.report import IMPORTED_BEFORE_REASON
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import bulk

FILE_REFERENCES = (
    ("users", "avatar", "pk"),
    ("bot", "picture", "user_id"),
    ("personas", "appearance_avatar", "user_id"),
    ("creatorProfiles", "avatar", "user_id"),
)


def finish_import(state: PayloadImport) -> None:
    """All steps after the rows."""
    set_active_leaves(state)
    for plan in state.plans:
        if plan.collection.is_upload and plan.lacks("user"):
            assign_file_owners(state, plan)
    set_admin(state)
    # The journal's notes came as plain words, past the hooks that seal them.
    seal_plain_notes(get_collection("mood").model)


def check_admin(state: PayloadImport) -> None:
    """Check before writing that the address of --admin exists. Raises PayloadImportError."""
    if not state.admin or bulk.has_rows(get_collection("users").model, email=state.admin):
        return
    addresses = (str(email or "").strip().lower() for (email,) in state.source.rows("users", ("email",)))
    if state.admin not in addresses:
        raise PayloadImportError(f"No account has the address {state.admin}: neither in this database nor here.")


def load_last_messages(state: PayloadImport) -> None:
    """Load the last message of each chat that an earlier import brought, so that new messages follow it."""
    chats = state.ids.get("conversation")
    if chats and IMPORTED_BEFORE_REASON in chats.skipped.values():
        model = get_collection("conversation").model
        state.last_messages.update(bulk.iter_pairs(model, "pk", "active_leaf_id", active_leaf__isnull=False))


def set_active_leaves(state: PayloadImport) -> None:
    """Set each chat's active leaf to its last message."""
    ends = ((leaf, chat) for chat, leaf in state.last_messages.items())
    bulk.set_column(get_collection("conversation").model, "active_leaf_id", ends)


def assign_file_owners(state: PayloadImport, plan: CollectionPlan) -> None:
    """Give files without an owner (older installations had none) to the first account that shows them."""
    ids = state.ids["media"]
    # Files of earlier imports have their owner already.
    ownerless = {new for old, new in ids.new_ids.items() if old not in ids.skipped}
    owners: dict[int, int] = {}
    for slug, field, owner in FILE_REFERENCES:
        for file, user in bulk.iter_related(get_collection(slug).model, (field, owner), ownerless - owners.keys()):
            owners.setdefault(file, user)
    link: Any = get_collection("message").many["message_content.media_attachments"].link
    for file, user in bulk.iter_related(link, ("target_id", "parent__user_id"), ownerless - owners.keys()):
        owners.setdefault(file, user)
    bulk.set_column(plan.collection.model, "user_id", ((user, file) for file, user in owners.items()))
    state.report.changes.append(
        f"media: no owners in this database; {len(owners)} of {len(ownerless)} files were given to those who show them"
    )


def set_admin(state: PayloadImport) -> None:
    """Make an admin: the account of --admin, else those with that role already, else the first account."""
    users = get_collection("users").model
    if state.admin and not bulk.update_rows(users, {"email": state.admin}, {"role": "admin"}):
        raise PayloadImportError(f"No account has the address {state.admin}: neither in this database nor here.")
    if not bulk.has_rows(users, role="admin"):
        first = min(state.ids["users"].new_ids.items(), default=None)
        if first is not None:
            bulk.update_rows(users, {"pk": first[1]}, {"role": "admin"})
            state.report.notes.append("No role was found in this database: its first account is admin.")
    state.report.admins = [email for email, _ in bulk.iter_pairs(users, "email", "pk", role="admin")]
