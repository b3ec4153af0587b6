"""What single collections need beside their columns: passwords, keys, files, and ids that stand in plain text."""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password

from botcafe.areas.accounts.files import safe_name, url_of
from botcafe.cli.payload_import.converters import RowImportError, date, identity
from botcafe.cli.payload_import.passwords import carried_over
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cli.payload_import.text_ids import mapped_json, mapped_list
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.write import bulk
from botcafe.kit.secrets import KeyRing, mask, seal

Values = dict[str, Any]
DATE = FieldSpec(kind="date")


STAND_INS: dict[tuple[str, str], Any] = {
    ("media", "url"): "",
    ("media", "mime_type"): "application/octet-stream",
    ("media", "filesize"): 0.0,
    ("vectorRecords", "tenant_id"): "",
}
"""Required values that are worked out anyway, or that the file itself tells once it comes."""


def _user(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["password"] = carried_over(extras.get("salt"), extras.get("hash"))
    if arrival.admin:
        values["role"] = "admin" if values["email"] == arrival.admin else "user"
    values["role"] = values["role"] or "user"
    values["verified_at"] = None if extras.get("_verified") in (0, "0", "false") else values["created_at"]
    values["login_attempts"] = max(0, int(identity(extras.get("login_attempts")) or 0))
    try:
        values["lock_until"] = date(DATE, extras.get("lock_until"))
    except RowImportError:
        values["lock_until"] = None


def _media(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    """The row comes now, the bytes later: until then the key leads nowhere."""
    values["storage_key"] = secrets.token_urlsafe(24)
    values["filename"] = safe_name(values["filename"])
    values["url"] = url_of(values["filename"])


def _api_key(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    plain = values["key"]
    ring = KeyRing.from_base64(settings.MASTER_KEYS)
    values.update(key_hint=mask(plain), key=seal(ring, plain, associated=f"api-key:{values['id']}"))


def _share_password(name: str, values: Values) -> None:
    plain = values[name]
    if not plain:
        values[name] = None
        return
    try:
        identify_hasher(plain)
    except ValueError:
        values[name] = make_password(plain)


def _knowledge(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    _share_password("privacy_settings_share_password", values)
    _people(arrival, values, "shared_access_shared_with_user_ids", "shared_access_shared_by_user_id")
    values["original_participants"] = mapped_json(arrival, values["original_participants"])


def _knowledge_collection(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    _share_password("sharing_settings_share_password", values)
    _people(arrival, values, "collaborators_collab_user_ids", "collaborators_invited_by_user")


def _people(arrival: PayloadImport, values: Values, listed: str, single: str) -> None:
    """Ids of accounts among numbers; one that leads nowhere must not lead to somebody else later."""
    values[listed] = mapped_list(arrival, "users", values[listed])
    found = mapped_list(arrival, "users", [values[single]])
    values[single] = float(found[0]) if found else None


def _participants(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["participants"] = mapped_json(arrival, values["participants"])


def _vector_record(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["tenant_id"] = str(values["user_id"])
    values["metadata"] = mapped_json(arrival, values["metadata"])
    old = identity(values["source_id"])
    if old is not None:
        new = arrival.find(values["source_type"], old)
        if new is None:
            raise RowImportError("source_id points to a row that is not there")
        values["source_id"] = str(new)


def _access_control(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["resource_row"] = None
    if values["resource_type"] in arrival.ids:
        new = arrival.find(values["resource_type"], values["resource_id"])
        if new is None:
            raise RowImportError("resource_id points to a row that is not there")
        _check_that_it_is_theirs(values, new)
        values.update(resource_id=str(new), resource_row=new)


def _check_that_it_is_theirs(values: Values, resource: int) -> None:
    """The old system let anybody write a share of anything; here only those of an owner come to be."""
    model = get_collection(values["resource_type"]).model
    if not bulk.has_rows(model, pk=resource, user_id=values["owner_user_id"]):
        raise RowImportError("it shares what is not its owner's")


def _message(arrival: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    """Old chats are straight: each message follows the one before it."""
    conversation = values["conversation_id"]
    values["parent_id"] = arrival.last_messages.get(conversation)
    arrival.last_messages[conversation] = values["id"]


FIT: dict[str, Callable[[PayloadImport, Values, Values, CollectionPlan], None]] = {
    "users": _user,
    "media": _media,
    "api-key": _api_key,
    "knowledge": _knowledge,
    "knowledgeCollections": _knowledge_collection,
    "conversation": _participants,
    "memory": _participants,
    "vectorRecords": _vector_record,
    "accessControl": _access_control,
    "message": _message,
}
