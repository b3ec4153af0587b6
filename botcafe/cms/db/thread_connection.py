"""The database connection of a thread, without Django's lookup, which costs more than the parts of a small statement."""

import threading
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


class _OfThread(threading.local):
    # Django keeps the object for the life of its thread, however often it connects anew.
    connection: Any = None


_OF_THREAD = _OfThread()


def thread_connection() -> Any:
    """Django's connection object of this thread; it may not be connected."""
    if _OF_THREAD.connection is None:
        _OF_THREAD.connection = connections[DEFAULT_DB_ALIAS]
    return _OF_THREAD.connection
