"""Names and links under which somebody appears in public."""

import re
import unicodedata
from collections.abc import Callable

from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed

HOUSE_NAME = "botcafe"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def refuse_house_name(field: str) -> Callable[[Change], None]:
    """A hook that raises ValidationFailed where somebody else than staff calls themselves by the name of the house."""

    def check(change: Change) -> None:
        name = change.values.get(field)
        is_new = name != (change.before or {}).get(field)
        if isinstance(name, str) and is_new and not change.actor.is_admin and HOUSE_NAME in _letters(name):
            problem = FieldProblem(field, "This name is the café's own.", field.replace("_", " ").title())
            raise ValidationFailed(change.collection.slug, [problem], change.row_id)

    return check


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in plain if each.isalnum())


def check_links(change: Change) -> None:
    """Raises ValidationFailed for a social link that is an address of any other scheme than https."""
    for link in _texts(change.values.get("social_links")):
        # Browsers pass over spaces and control characters when they read a scheme.
        shown = "".join(each for each in link if each.isprintable() and not each.isspace())
        if _SCHEME.match(shown) and not shown.lower().startswith("https://"):
            problem = FieldProblem("social_links", "A link begins with https://.", "Social Links")
            raise ValidationFailed(change.collection.slug, [problem], change.row_id)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]
