"""A file on its way in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name, the type it claims, its bytes."""

    name: str
    claimed: str
    data: bytes
