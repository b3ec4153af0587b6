"""The ``<id:...>`` path converter; importing this module registers it."""

from django.urls import register_converter
from django.urls.converters import IntConverter

MAX_ID = 2**63 - 1


class RowIdConverter(IntConverter):
    """A row id in a path, capped at the largest 64-bit integer."""

    def to_python(self, value: str) -> int:
        """The id; a larger number becomes ``MAX_ID``, which no row has, so the page is missing instead of broken."""
        # SQLite and PostgreSQL refuse integers above 64 bits with an error; the capped one finds nothing: 404.
        return min(super().to_python(value), MAX_ID)


register_converter(RowIdConverter, "id")
