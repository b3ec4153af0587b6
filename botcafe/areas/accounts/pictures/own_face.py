"""The picture of an account: set and taken away by its owner."""

from django.db import transaction

from botcafe.areas.accounts.collections.media import ATTACHED_TO, MEDIA, SHOWN_BY
from botcafe.areas.accounts.collections.user import USERS, User
from botcafe.areas.accounts.uploads import Upload
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import find_collection
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.write import write_operations
from botcafe.kit.compensation import compensate_on_failure

FLAT = Query({"depth": "0"})


def set_own_face(actor: Actor, upload: Upload) -> None:
    """Show a picture for the actor's account, in place of the one before. Raises ApiError for what is no picture."""
    if actor.id is None:
        raise Forbidden
    # Claiming an image makes the upload check decode it, and refuse what is no picture.
    claimed = upload.claimed if upload.claimed.startswith("image/") else "image/png"
    picture = Upload(upload.name, claimed, upload.data)
    with compensate_on_failure(), transaction.atomic():
        made = write_operations.create_document(MEDIA, actor, {"alt": actor.name[:200]}, FLAT, upload=picture)
        _change(actor, actor.id, int(made["id"]))


def remove_own_face(actor: Actor) -> None:
    """Show the actor's first letter again."""
    if actor.id is None:
        raise Forbidden
    with transaction.atomic():
        _change(actor, actor.id, None)


def _change(actor: Actor, account: int, picture: int | None) -> None:
    before = User.objects.filter(pk=account).values_list("avatar", flat=True).first()
    write_operations.update_by_id(USERS, actor, account, {"avatar": picture}, FLAT)
    if before is None or _is_shown_elsewhere(before):
        return
    # Somebody else's, or one that an admin has set, stays.
    if MEDIA.visible_to(actor, "delete").filter(pk=before, user=account).exists():
        write_operations.delete_by_id(MEDIA, actor, before, FLAT)


def _is_shown_elsewhere(picture: int) -> bool:
    """Whether a bot, persona, profile, message or another account has this picture too."""
    if User.objects.filter(avatar=picture).exists():
        return True
    for slug, column in SHOWN_BY:
        of = find_collection(slug)
        if of is not None and of.model.objects.filter(**{column: picture}).exists():
            return True
    for slug, attribute in ATTACHED_TO:
        of = find_collection(slug)
        if of is not None and of.model.many_relations[attribute].link._default_manager.filter(target=picture).exists():
            return True
    return False
