"""Keys to work with, and what lies in their rows."""

from typing import Any

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from tests.people import Person

PLAIN = "sk-cardamom-0123456789"
PHRASE = "moka pot on a low flame"
OTHER_PHRASE = "two spoons of sugar, please"
LEVELS = ("basic", "advanced", "military-grade")


def body(level: str = "basic", **more: Any) -> dict[str, Any]:
    """A key that fits, at a level."""
    group = {"key_encryption_level": level, **more.pop("security_features", {})}
    secret = {"passphrase": PHRASE} if level == "military-grade" else {}
    return {"nickname": "mine", "provider": "openai", "key": PLAIN, "security_features": group, **secret, **more}


def make(who: Person, level: str = "basic", **more: Any) -> int:
    """A key of somebody's: its id."""
    number: int = who.make("api-key", body(level, **more))["id"]
    return number


def row(key_id: int) -> dict[str, Any]:
    """Its row as it lies in the table."""
    found: dict[str, Any] = get_collection("api-key").model.objects.filter(pk=key_id).values().get()
    return found


def actor(who: Person) -> Actor:
    """The caller that a person's token stands for."""
    from botcafe.areas.accounts.authentication import actor_from_token

    return actor_from_token(who.token)


def opened(who: Person, key_id: int) -> str:
    """The key as a reply gets it, with what is unlocked in the person's sign-in."""
    from botcafe.areas.keys.queries import open_key
    from botcafe.areas.keys.unlocking import load_unlocked_keys

    return open_key(actor(who), key_id, load_unlocked_keys(actor(who), who.token)).endpoint.api_key.reveal()


def unlock(who: Person, key_id: int, phrase: Any = PHRASE) -> tuple[int, Any]:
    """Ask for it to be unlocked."""
    return who.ask("POST", f"/api/api-key/{key_id}/unlock", {"passphrase": phrase})
