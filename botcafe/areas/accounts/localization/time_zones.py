"""The user's time zone, which ``{{time}}`` and ``{{date}}`` use in chats."""

from functools import lru_cache
from zoneinfo import available_timezones

from botcafe.areas.accounts.collections.user import User
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import FieldProblem, Forbidden, ValidationFailed

NOT_PLACES = ("Etc/", "SystemV/", "posix", "right/", "US/", "localtime", "Factory")


@lru_cache(maxsize=1)
def list_time_zones() -> tuple[str, ...]:
    """The names of all installed time zones, sorted. Cached: reading them walks the file system."""
    return tuple(sorted(available_timezones()))


@lru_cache(maxsize=1)
def time_zone_choices() -> tuple[str, ...]:
    """The time zones to choose from: UTC and the cities of each region, without aliases."""
    return ("UTC", *(name for name in list_time_zones() if "/" in name and not name.startswith(NOT_PLACES)))


def time_zone_of(actor: Actor) -> str:
    """The actor's time zone; "" where none was chosen, which means UTC."""
    return User.objects.filter(pk=actor.id).values_list("time_zone", flat=True).first() or ""


def set_time_zone(actor: Actor, name: str) -> None:
    """Set the actor's time zone, or "" for none. Raises Forbidden and ValidationFailed."""
    if not actor.is_signed_in:
        raise Forbidden
    if name and name not in list_time_zones():
        wrong = "This is no time zone that we know. One is written such as Europe/Berlin."
        raise ValidationFailed("users", [FieldProblem("time_zone", wrong, "Time zone")])
    User.objects.filter(pk=actor.id).update(time_zone=name)
