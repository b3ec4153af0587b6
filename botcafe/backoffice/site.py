"""A page for every collection."""


def register_all() -> None:
    """Register the pages."""
