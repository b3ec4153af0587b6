"""Who asks. Every read and write names its actor; there is no other way to a row."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["anonymous", "user", "admin", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: account id, role, and the session that spoke for it."""

    kind: ActorKind
    id: int | None = None
    session_id: str | None = None
    email: str = ""
    name: str = ""

    @property
    def is_signed_in(self) -> bool:
        """True for a person with an account."""
        return self.id is not None

    @property
    def is_admin(self) -> bool:
        """True for those who run the installation."""
        return self.kind in {"admin", "system"}


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system")
"""The installation itself: jobs, imports and migrations. Never made from a request."""
