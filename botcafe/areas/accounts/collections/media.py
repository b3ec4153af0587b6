"""The media collection: metadata of uploaded files. The bytes are in storage under a random key."""

from functools import partial

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from botcafe.areas.accounts.files import add_number, check_file, file_url, safe_name
from botcafe.areas.accounts.pictures.thumbnails import (
    CENTRE,
    Focus,
    forget_thumbnails,
    has_thumbnails,
    store_thumbnails,
    thumbnail_url,
)
from botcafe.areas.accounts.uploads import Upload
from botcafe.cms.schema.collection import Change, Collection, ColumnValues, find_collection
from botcafe.cms.schema.fields import Number, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import Computed, Rows, Viewer, admin, owner, rows_through
from botcafe.gateways.storage import StoredColumn, declare_stored, storage

# Whoever may read a row may see the files that it names in these columns, as (slug, attribute). By slug, since the
# areas of these collections import this one.
SHOWN_BY = (("bot", "picture"), ("creatorProfiles", "avatar"), ("personas", "appearance_avatar"))
ATTACHED_TO = (("message", "message_content_media_attachments"),)


class Media(Row):
    """One uploaded file. The columns declared as plain Django fields are internal and never in an API document."""

    alt = Text()
    user = Relation("accounts.User")
    url = Text(required=True, server=True)
    thumbnail_url = Text(wire="thumbnailURL", server=True)
    filename = Text(required=True, unique=True, server=True)
    mime_type = Text(wire="mimeType", required=True, server=True)
    filesize = Number(required=True, server=True)
    width = Number(server=True)
    height = Number(server=True)
    focal_x = Number(wire="focalX")
    focal_y = Number(wire="focalY")
    storage_key = models.TextField(unique=True)
    content_hash = models.TextField(default="")

    class Meta:
        verbose_name = "media"
        indexes = (models.Index(fields=("user", "created_at"), name="media_of_owner"),)


def shown_by_readable_row(viewer: Viewer) -> Rows:
    """Files shown by a bot, persona, profile or message that the viewer may read and that the file's owner wrote."""
    shown = Q(pk__in=[])
    for slug, column in SHOWN_BY:
        showing = find_collection(slug)
        if showing is not None:
            # The same owner: else a bot that names somebody's file by id would publish it.
            rows = showing.model.objects.filter(**{column: OuterRef("pk"), "user": OuterRef("user")})
            shown |= _exists_among(rows, showing.read.rows(viewer))
    for slug, attribute in ATTACHED_TO:
        showing = find_collection(slug)
        if showing is not None:
            links = showing.model.many_relations[attribute].link._default_manager
            attached = links.filter(target=OuterRef("pk"), parent__user=OuterRef("user"))
            shown |= _exists_among(attached, _link_rows(showing.read.rows(viewer)))
    return shown


def _link_rows(readable: Rows) -> Rows:
    """The links from readable rows; none where the filter of the rows cannot be asked from a link."""
    if not isinstance(readable, Q):
        return readable
    return rows_through("parent", readable) or False


def _exists_among(rows: QuerySet[models.Model], readable: Rows) -> Q:
    if readable is False:
        return Q(pk__in=[])
    return Q(Exists(rows.filter(readable) if isinstance(readable, Q) else rows))


def receive_file(change: Change) -> None:
    """Check an upload and put its bytes into storage, before the transaction: both may take seconds."""
    if change.upload is None:
        return
    upload: Upload = change.upload
    received = check_file(upload.data, upload.claimed)
    name = find_free_name(safe_name(upload.name), change.row_id)
    change.values.update(
        filename=name,
        url=file_url(name),
        mime_type=received.mime,
        filesize=float(len(received.data)),
        width=received.width,
        height=received.height,
        content_hash=received.content_hash,
        storage_key=storage().put(received.data),
        thumbnail_url=None,
    )
    if received.width is not None:
        for axis in ("focal_x", "focal_y"):
            if change.values.get(axis) is None:
                change.values[axis] = CENTRE
    if has_thumbnails(received.mime, received.width, received.height):
        store_thumbnails(change.values["storage_key"], received.data, _focus(change.values))


def name_thumbnail(change: Change) -> None:
    """Name the small copy that shows this picture with this focal point."""
    row = {**(change.before or {}), **change.values}
    if has_thumbnails(row.get("mime_type"), row.get("width"), row.get("height")) and row.get("content_hash"):
        change.values["thumbnail_url"] = thumbnail_url(row["filename"], row["content_hash"], _focus(row))


def _focus(row: ColumnValues) -> Focus:
    return Focus.of(row.get("focal_x"), row.get("focal_y"))


def find_free_name(name: str, row_id: int | None) -> str:
    """The name, numbered until no other file has it."""
    others = Media.objects.exclude(pk=row_id) if row_id else Media.objects.all()
    candidate, number = name, 0
    while others.filter(filename=candidate).exists():
        number += 1
        candidate = add_number(name, number)
    return candidate


def delete_stored_bytes(change: Change) -> None:
    """Delete the old bytes after a file is replaced or deleted, and its small copies where they show it no more."""
    before = change.before or {}
    old = before.get("storage_key")
    if not old:
        return
    is_gone = change.verb == "delete" or change.values.get("storage_key", old) != old
    is_turned = _focus({**before, **change.values}) != _focus(before)
    if is_gone or is_turned:
        storage().expect_deletion()
        # After the commit: a rollback must not leave a row without its bytes.
        transaction.on_commit(partial(_forget, old, _focus(before), with_original=is_gone), robust=True)


def _forget(key: str, focus: Focus, *, with_original: bool) -> None:
    if with_original:
        storage().delete(key)
    forget_thumbnails(key, focus)


def delete_files_of_account(change: Change) -> None:
    """Before an account is deleted, delete its files, and their bytes after the commit."""
    storage().expect_deletion()
    rows = Media.objects.filter(user=change.row_id)
    for key, x, y in rows.values_list("storage_key", "focal_x", "focal_y"):
        transaction.on_commit(partial(_forget, key, Focus.of(x, y), with_original=True), robust=True)
    rows.delete()


MEDIA = Collection(
    model=Media,
    slug="media",
    read=owner() | Computed("whoever may read a row of the owner's that shows it", shown_by_readable_row) | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
    prepare=(receive_file,),
    before_change=(name_thumbnail,),
    after_change=(delete_stored_bytes,),
    after_delete=(delete_stored_bytes,),
    is_upload=True,
    list_display=("filename", "user", "mime_type", "filesize", "created_at"),
)
# So that backups and the doctor know which stored bytes belong to a row.
declare_stored(StoredColumn("accounts.Media", "storage_key"))
