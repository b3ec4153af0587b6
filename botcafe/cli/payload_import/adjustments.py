"""What single collections need beside copied columns: passwords, keys, files, and ids inside text and JSON."""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password

from botcafe.areas.accounts.files import file_url, safe_name
from botcafe.cli.payload_import.converters import RowImportError, parse_id
from botcafe.cli.payload_import.passwords import encode_payload_hash
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cli.payload_import.text_ids import map_id_list, map_ids_in_json
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import bulk
from botcafe.kit.addresses import GuardedAddressError, check_endpoint
from botcafe.kit.secrets import KeyRing, mask, seal

Values = dict[str, Any]


# Required values that are computed below, or known only once the file itself is stored.
ADDRESS_COLUMN = "provider_settings_custom_settings_api_endpoint"
PLACEHOLDERS: dict[tuple[str, str], Any] = {
    ("media", "url"): "",
    ("media", "mime_type"): "application/octet-stream",
    ("media", "filesize"): 0.0,
    ("vectorRecords", "tenant_id"): "",
}


def _adjust_user(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["password"] = encode_payload_hash(extras.get("salt"), extras.get("hash"))
    if state.admin:
        values["role"] = "admin" if values["email"] == state.admin else "user"
    values["role"] = values["role"] or "user"
    values["verified_at"] = None if extras.get("_verified") in (0, "0", "false") else values["created_at"]


def _adjust_media(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    """The row is written now and its bytes later: until then the storage key points to nothing."""
    values["storage_key"] = secrets.token_urlsafe(24)
    values["filename"] = safe_name(values["filename"])
    values["url"] = file_url(values["filename"])


def _seal_api_key(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    plain = values["key"]
    address = values[ADDRESS_COLUMN]
    try:
        values[ADDRESS_COLUMN] = check_endpoint(address) if address else None
    except GuardedAddressError as error:
        values[ADDRESS_COLUMN] = None
        state.report.notes.append(f"api-key {values['id']}: its address was left out. {error}")
    # The old system stored API keys in plain text.
    ring = KeyRing.from_base64(settings.MASTER_KEYS)
    values.update(key_hint=mask(plain), key=seal(ring, plain, associated=f"api-key:{values['id']}"))


def _hash_share_password(name: str, values: Values) -> None:
    plain = values[name]
    if not plain:
        values[name] = None
        return
    try:
        identify_hasher(plain)
    except ValueError:
        values[name] = make_password(plain)


def _adjust_knowledge(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    _hash_share_password("privacy_settings_share_password", values)
    _map_account_ids(state, values, "shared_access_shared_with_user_ids", "shared_access_shared_by_user_id")
    values["original_participants"] = map_ids_in_json(state, values["original_participants"])


def _adjust_knowledge_collection(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    _hash_share_password("sharing_settings_share_password", values)
    _map_account_ids(state, values, "collaborators_collab_user_ids", "collaborators_invited_by_user")


def _map_account_ids(state: PayloadImport, values: Values, listed: str, single: str) -> None:
    """Map account ids kept as numbers; an unknown one is emptied, lest a later account gets that id."""
    values[listed] = map_id_list(state, "users", values[listed])
    found = map_id_list(state, "users", [values[single]])
    values[single] = float(found[0]) if found else None


def _map_participants(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["participants"] = map_ids_in_json(state, values["participants"])


def _adjust_vector_record(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["tenant_id"] = str(values["user_id"])
    values["metadata"] = map_ids_in_json(state, values["metadata"])
    old = parse_id(values["source_id"])
    if old is not None:
        new = state.find_new_id(values["source_type"], old)
        if new is None:
            raise RowImportError("source_id points to a row that is not there")
        values["source_id"] = str(new)


def _adjust_access_control(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    values["resource_row"] = None
    if values["resource_type"] in state.ids:
        new = state.find_new_id(values["resource_type"], values["resource_id"])
        if new is None:
            raise RowImportError("resource_id points to a row that is not there")
        _check_resource_owner(values, new)
        values.update(resource_id=str(new), resource_row=new)


def _check_resource_owner(values: Values, resource: int) -> None:
    """Refuse a share of a row that is not its owner's: the old system did not check this."""
    model = get_collection(values["resource_type"]).model
    if not bulk.has_rows(model, pk=resource, user_id=values["owner_user_id"]):
        raise RowImportError("it shares what is not its owner's")


def _set_message_parent(state: PayloadImport, extras: Values, values: Values, plan: CollectionPlan) -> None:
    """Old chats have no branches: each message follows the one before it."""
    conversation = values["conversation_id"]
    values["parent_id"] = state.last_messages.get(conversation)
    state.last_messages[conversation] = values["id"]


ADJUSTMENTS: dict[str, Callable[[PayloadImport, Values, Values, CollectionPlan], None]] = {
    "users": _adjust_user,
    "media": _adjust_media,
    "api-key": _seal_api_key,
    "knowledge": _adjust_knowledge,
    "knowledgeCollections": _adjust_knowledge_collection,
    "conversation": _map_participants,
    "memory": _map_participants,
    "vectorRecords": _adjust_vector_record,
    "accessControl": _adjust_access_control,
    "message": _set_message_parent,
}
