"""Tells whoever keeps the audit log of every write that an administrator makes."""

from collections.abc import Callable

from botcafe.cms.schema.collection import Change

_LISTENERS: list[Callable[[Change], None]] = []


def on_admin_change(listener: Callable[[Change], None]) -> None:
    """Register a listener; it runs in the transaction of the write, so that no act goes without its entry."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def announce(change: Change) -> None:
    """Tell of a write, if an administrator made it; what the system does by itself is not an admin's act."""
    if change.actor.kind == "admin":
        for listener in _LISTENERS:
            listener(change)
