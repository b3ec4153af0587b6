"""A transaction that the database ended in favour of another: nothing of it was done, so it may be done again."""

import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError

P = ParamSpec("P")
T = TypeVar("T")
_STATES = {"40P01", "40001"}
"""What PostgreSQL calls a deadlock and a failure to put transactions in an order."""
_PAUSES = (0.05, 0.3, 1.0)


def gave_way(error: Exception) -> bool:
    """Whether an error says so."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") in _STATES


def insist(act: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do what is one transaction and nothing else, up to four times where it has to give way. Outside of any other."""
    for pause in _PAUSES:
        try:
            return act(*given, **named)
        except OperationalError as error:
            if not gave_way(error):
                raise
        time.sleep(pause)
    return act(*given, **named)
