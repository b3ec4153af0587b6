"""Find the accounts to share with, and the names under which others may see them."""

from collections.abc import Iterable

from django.apps import apps

from botcafe.areas.creators.collections.creator_profile import CREATOR_PROFILES
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import BadRequest, NotFound


def parse_id(given: object) -> int | None:
    """An id from JSON or a form, as number or text; None if it is not a valid one."""
    if isinstance(given, bool):
        return None
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, int):
        return given if 0 < given < 2**63 else None
    return int(given) if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 19 else None


def get_account_id(who: object) -> int:
    """Find an account by id or e-mail; the caller limits the rate. Raises BadRequest and NotFound."""
    number = parse_id(who)
    users = apps.get_model("accounts", "User")._default_manager.exclude(is_deactivated=True)
    if number is not None:
        users = users.filter(pk=number)
    elif isinstance(who, str) and 3 <= len(who) <= 320 and "@" in who:
        users = users.filter(email=who.strip().lower())
    else:
        raise BadRequest("Give the e-mail or the id of an account.")
    found: int | None = users.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def account_names(actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """Names of accounts as the actor may see them: their name if readable, else creator profile, else number."""
    wanted = list(ids)
    found = {number: f"Account {number}" for number in wanted}
    found.update(CREATOR_PROFILES.visible_to(actor).filter(user__in=wanted).values_list("user", "display_name"))
    readable = get_collection("users").visible_to(actor).filter(pk__in=wanted).values_list("pk", "name", "email")
    return found | {number: name or email for number, name, email in readable}
