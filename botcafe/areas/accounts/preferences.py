"""What a client keeps for its user under a key, in Payload's shapes."""

import orjson

from botcafe.areas.accounts.collections.user import Preference
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject, JsonValue

MAX_PREFERENCE_BYTES, MAX_PREFERENCE_KEY_LENGTH = 65_536, 200


def read_preference(actor: Actor, key: str) -> JsonObject:
    """The preference under a key as Payload's API returns it, or its "Not Found" message."""
    # PostgreSQL refuses NUL in a text.
    row = Preference.objects.filter(user=actor.id, key=key).first() if actor.id and "\x00" not in key else None
    return _preference_as_json(row) if row else {"message": "Not Found", "value": None}


def _preference_as_json(row: Preference) -> JsonObject:
    owner: JsonObject = {"relationTo": "users", "value": row.user_id}
    times = {"updatedAt": row.updated_at, "createdAt": row.created_at}
    return {"id": row.pk, "user": owner, "key": row.key, "value": row.value, **times}


def save_preference(actor: Actor, key: str, value: JsonValue) -> JsonObject:
    """Store a client's value under a key. Raises Forbidden for anonymous callers, BadRequest for too large a value."""
    if actor.id is None:
        raise Forbidden
    if len(orjson.dumps(value)) > MAX_PREFERENCE_BYTES or len(key) > MAX_PREFERENCE_KEY_LENGTH or "\x00" in key:
        raise BadRequest(
            f"A preference has a name of at most {MAX_PREFERENCE_KEY_LENGTH} characters, none of them NUL, and a value "
            f"of at most {MAX_PREFERENCE_BYTES} bytes."
        )
    saved_at = now()
    changes = {"value": value, "updated_at": saved_at}
    row, _ = Preference.objects.update_or_create(
        user_id=actor.id, key=key, defaults=changes, create_defaults={**changes, "created_at": saved_at}
    )
    return {"doc": _preference_as_json(row), "message": "Updated successfully."}
