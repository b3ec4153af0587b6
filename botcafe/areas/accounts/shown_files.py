"""Which files a row shows on pages and in answers that are not made by the engine."""

from botcafe.areas.accounts.collections.media import MEDIA, Media
from botcafe.cms.schema.actor import ANONYMOUS


def shown_url(owner_id: int | None, file: Media | None) -> str | None:
    """The address of a file that a row of this owner's names, for whoever may read the row; None for a hidden file.

    That of its small copy, where it has one: pages choose the size by ``size`` in it.
    """
    if file is None or not is_shown(owner_id, file.pk, file.user_id):
        return None
    url: str = file.thumbnail_url or file.url
    return url


def is_shown(owner_id: int | None, file_id: int, file_owner_id: int | None) -> bool:
    """Whether a row shows a file that it names: its owner's own, or one that everybody may see.

    A row may name anybody's file by its number (decision 0040), and the address of a file tells its name.
    """
    return owner_id == file_owner_id or MEDIA.visible_to(ANONYMOUS).filter(pk=file_id).exists()
