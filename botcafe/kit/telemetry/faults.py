"""A fault in one line: its type, its place, and an id that the person who met it sees too.

The words of an exception may quote what people wrote (a value that does not fit, a row that exists already), so only
those are written that name code, or come from the operating system.
"""

import secrets
import traceback
from itertools import islice
from pathlib import PurePath
from types import TracebackType

from django.db import Error as DatabaseError

OUR_PACKAGE = "botcafe"
MAX_CHAINED, MAX_FRAMES, MAX_WORDS = 5, 40, 200
_ID = "_botcafe_fault_id"


def fault_id(error: BaseException) -> str:
    """The id of a fault: the same for whoever asks about this very exception."""
    found = getattr(error, _ID, None)
    if found is None:
        found = secrets.token_hex(4)
        # An exception without a dictionary cannot be marked; its line has an id that nobody else knows.
        if hasattr(error, "__dict__"):
            setattr(error, _ID, found)
    return str(found)


def describe_fault(error: BaseException) -> str:
    """Type and place, such as ``ValueError at botcafe/chat/turns.py:12 in start_turn``."""
    frames = traceback.extract_tb(error.__traceback__, limit=-MAX_FRAMES)
    ours = [frame for frame in frames if OUR_PACKAGE in PurePath(frame.filename).parts]
    where = (ours or frames)[-1] if frames else None
    place = f" at {_short_path(where.filename)}:{where.lineno} in {where.name}" if where else ""
    return f"{type(error).__name__}{_safe_words(error)}{place}"


def traceback_of(error: BaseException) -> str:
    """The frames of an exception and of those that it came from, the first one first; without their words."""
    parts = [_frames_of(each.__traceback__) + type(each).__name__ + _safe_words(each) for each in _chain_of(error)]
    return "\n  then\n".join(reversed(parts))


def _frames_of(given: TracebackType | None) -> str:
    frames = traceback.extract_tb(given, limit=-MAX_FRAMES)
    return "".join(f"  {_short_path(f.filename)}:{f.lineno} in {f.name}: {f.line}\n" for f in frames)


def _chain_of(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain and len(chain) < MAX_CHAINED:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def _safe_words(error: BaseException) -> str:
    if isinstance(error, DatabaseError):
        state = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "sqlite_errorname", None)
        return f" ({state})" if state else ""
    if isinstance(error, OSError) and error.strerror:
        return f" ({error.strerror})"
    if isinstance(error, ImportError | AttributeError | NameError):
        return f" ({' '.join(str(error).split())[:MAX_WORDS]})"
    return ""


def _short_path(path: str) -> str:
    """From the package on: where it is installed says nothing."""
    parts = PurePath(path).parts
    start = next((i for i, part in enumerate(parts) if part in {OUR_PACKAGE, "site-packages"}), None)
    if start is None:
        return "/".join(islice(parts, max(0, len(parts) - 2), None))
    return "/".join(parts[start + (parts[start] == "site-packages") :])
