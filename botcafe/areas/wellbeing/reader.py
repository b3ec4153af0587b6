"""What is known of the person whom a notice is for."""

from dataclasses import dataclass

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.declared.age import is_minor_at
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now


@dataclass(frozen=True, slots=True)
class Reader:
    """The person's region such as "DE" or "US-CA", and their language; "" where they have said none."""

    region: str = ""
    language: str = ""
    is_minor: bool = False
    # When a notice has last told them that bots are AI (ISO 8601); "" for never.
    told_at: str = ""
    # When they were last reminded of a break; "" for never.
    break_told_at: str = ""


def load_reader(actor: Actor) -> Reader:
    """The reader of an actor; one of whom nothing is known for somebody without an account."""
    found = (
        User.objects.filter(pk=actor.id)
        .values_list("region", "language", "adult_from", "told_at", "break_told_at")
        .first()
    )
    if found is None:
        return Reader()
    region, language, adult_from, told_at, break_told_at = found
    return Reader(region or "", language, is_minor_at(adult_from, now()), told_at, break_told_at)
