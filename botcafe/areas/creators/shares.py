"""Manage the shares of a row: with whom, at which level, until when."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from botcafe.areas.creators.collections.access_control import ACCESS_CONTROLS, AccessControl
from botcafe.areas.creators.people import account_names, get_account_id, parse_id
from botcafe.areas.creators.sharing import is_owned_by, shared_ids
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import BadRequest, Conflict, Forbidden, NotFound
from botcafe.cms.schema.rules import viewer_for
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now

FLAT = Query({"depth": "0"})
MAX_SHARES = 200


@dataclass(frozen=True, slots=True)
class Share:
    """A share with one account: ``row`` is the accessControl row, ``until`` is None where it does not expire."""

    row: int
    user: int
    name: str
    level: str
    until: str | None
    is_over: bool


def list_shares(actor: Actor, resource: str, row_id: int) -> list[Share]:
    """The shares of the actor's own row, sorted by name. Raises NotFound, and Forbidden for another's row."""
    _check_own(actor, resource, row_id)
    people = _load_shares(actor, resource, row_id)
    names = account_names(actor, [user for _, user in people])
    found = [
        Share(row.pk, user, names[user], row.permission_level, row.share_expiration, _is_over(row))
        for row, user in people
    ]
    return sorted(found, key=lambda share: (share.name.lower(), share.row))


def share_with(actor: Actor, resource: str, row_id: int, who: object, level: str, until: str | None = None) -> int:
    """Share a row with an account by id or e-mail, or change its share; returns the id of the account.

    Raises NotFound, Forbidden, BadRequest, Conflict, ValidationFailed, and TooMany for too many attempts.
    """
    _check_own(actor, resource, row_id)
    present = {user for _, user in _load_shares(actor, resource, row_id)}
    if parse_id(who) not in present:
        # Finding an account by e-mail tells whether it exists: limited like a login.
        limit_rate("invite", str(actor.id))
    with transaction.atomic():
        user = get_account_id(who)
        if user == actor.id:
            raise BadRequest("It is yours already.")
        if len(present | {user}) > MAX_SHARES:
            raise Conflict(f"A thing is shared with at most {MAX_SHARES} people.")
        _remove_share(actor, resource, row_id, user)
        share = {"resource_type": resource, "resource_id": str(row_id), "shared_with_users": [user]}
        given = {**share, "permission_level": level, "share_expiration": until, "created_date": now()}
        write_operations.create_document(ACCESS_CONTROLS, actor, given, FLAT)
    return user


def end_share(actor: Actor, resource: str, row_id: int, user: object) -> None:
    """End the share with one account. Raises NotFound and Forbidden."""
    _check_own(actor, resource, row_id)
    number = parse_id(user)
    with transaction.atomic():
        if number is None or not _remove_share(actor, resource, row_id, number):
            raise NotFound("It is not shared with them.")


def shared_with(actor: Actor, resource: str) -> Any:
    """Subquery of the ids of a resource type that others share with the actor now."""
    return shared_ids(resource, "read", viewer_for(actor))


def _check_own(actor: Actor, resource: str, row_id: int) -> None:
    of = get_collection(resource)
    if not of.visible_to(actor).filter(pk=row_id).exists():
        raise NotFound
    if not actor.is_signed_in or not is_owned_by(actor.id, of, row_id):
        raise Forbidden


def _load_shares(actor: Actor, resource: str, row_id: int) -> list[tuple[AccessControl, int]]:
    """Each accessControl row of the shared row, paired with each account that it names."""
    rows = ACCESS_CONTROLS.visible_to(actor).filter(owner_user=actor.id, resource_type=resource, resource_row=row_id)
    found = {row.pk: row for row in rows}
    link: Any = AccessControl.many_relations["shared_with_users"].link
    pairs = link.objects.filter(parent__in=list(found)).order_by("id").values_list("parent_id", "target_id")
    return [(found[parent], user) for parent, user in pairs]


def _remove_share(actor: Actor, resource: str, row_id: int, user: int) -> bool:
    """Remove an account from all shares of the row; False where it had none."""
    people = _load_shares(actor, resource, row_id)
    held = {row.pk for row, each in people if each == user}
    for number in held:
        # One row may share with several accounts (REST allows it): the others keep theirs.
        others = [each for row, each in people if row.pk == number and each != user]
        if others:
            write_operations.update_by_id(ACCESS_CONTROLS, actor, number, {"shared_with_users": others}, FLAT)
        else:
            write_operations.delete_by_id(ACCESS_CONTROLS, actor, number, FLAT)
    return bool(held)


def _is_over(row: AccessControl) -> bool:
    return bool(row.share_expiration and row.share_expiration <= now())
