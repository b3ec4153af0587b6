"""The ``<id:...>`` and ``<name:...>`` path converters; importing this module registers them."""

from django.urls import register_converter
from django.urls.converters import IntConverter, StringConverter

MAX_ID = 2**63 - 1


class RowIdConverter(IntConverter):
    """A row id in a path, capped at the largest 64-bit integer."""

    def to_python(self, value: str) -> int:
        """The id; a larger number becomes ``MAX_ID``, which no row has, so the page is missing instead of broken."""
        # SQLite and PostgreSQL refuse integers above 64 bits with an error; the capped one finds nothing: 404.
        return min(super().to_python(value), MAX_ID)


class NameConverter(StringConverter):
    """A text that names a row in a path, such as a slug."""

    def to_python(self, value: str) -> str:
        """The text."""
        return value.replace("%2F", "/")

    def to_url(self, value: str) -> str:
        """The text as one segment; an empty one becomes a dash."""
        # Slugs come over the API too, where any text is one: reverse() must never fail on a page that lists them.
        return str(value).replace("/", "%2F") or "-"


register_converter(RowIdConverter, "id")
register_converter(NameConverter, "name")
