"""The caller of an operation. Every read and write of a collection takes an Actor, so none skips the access rules."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["anonymous", "user", "admin", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: kind, account id, and the session or the access token that the request was signed in with."""

    kind: ActorKind
    id: int | None = None
    session_id: str | None = None
    email: str = ""
    name: str = ""
    access_token_id: int | None = None
    # The address of the picture of their account, where a sign-in brings it along.
    picture_url: str = ""
    # They have yet to agree to what is in force: until then they read, take their things, agree and leave.
    owes_consent: bool = False
    # When their account is erased, where they have asked for that: until then they read, take their things and come back.
    leaves_at: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether the caller has an account."""
        return self.id is not None

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do what an administrator may; the system may too."""
        return self.kind in {"admin", "system"}


ANONYMOUS = Actor("anonymous")
# The installation itself: jobs, imports and migrations. Never made from a request.
SYSTEM = Actor("system")
