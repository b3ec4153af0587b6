"""A clock that stands still until a test moves it, and the use of one person by it."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.wellbeing import use_state
from botcafe.areas.wellbeing.limits import count_turn
from botcafe.areas.wellbeing.notices import Notice
from botcafe.kit.instants import from_epoch, to_epoch

MONDAY = "2026-03-02T08:00:00.000Z"


@dataclass
class Clock:
    """The present moment as limits see it."""

    moment: float

    def set(self, instant: str) -> None:
        """Move to an instant."""
        self.moment = to_epoch(instant)

    def wait(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Move on."""
        self.moment += minutes * 60 + hours * 3600


def stop_clock(patch: pytest.MonkeyPatch, instant: str = MONDAY) -> Clock:
    """A clock that stands at an instant."""
    clock = Clock(to_epoch(instant))
    patch.setattr(use_state, "now", lambda: from_epoch(clock.moment))
    return clock


def take_turn(user_id: int, text: str = "Hello") -> tuple[Notice, ...]:
    """What a turn asks of the limits, in a transaction of its own."""
    with transaction.atomic():
        return count_turn(user_id, text)


def be_there(clock: Clock, user_id: int, minutes: int) -> None:
    """Have the page of a chat open for so long: a sign of life each minute."""
    use_state.note_presence(user_id)
    for _ in range(minutes):
        clock.wait(minutes=1)
        use_state.note_presence(user_id)


def move_to(user_id: int, zone: str) -> None:
    """Change the time zone of an account."""
    User.objects.filter(pk=user_id).update(time_zone=zone)
