"""An uploaded file before it is checked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file: its name, the media type that the client claims, and its bytes."""

    name: str
    claimed: str
    data: bytes
