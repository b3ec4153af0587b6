"""Guessing at passwords: who has tried too often at an account.

What is counted is a pair: an address, whether it has an account or not, and where the tries come from. Five that fail lock
this pair alone, for ten minutes, then twenty, and so on: nobody locks somebody else out. All tries at an account together
have a limit as well, which does not concern devices and places from where it is signed in.
"""

from dataclasses import dataclass, replace

from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.credentials.devices import Device, is_device_of
from botcafe.cms.db.rate_counts import add_hit, count_key, extend_window, forget_hits, read_hits
from botcafe.kit.client_address import network_of
from botcafe.kit.instants import now

TRIES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 600.0, 6 * 3600.0
SERIES_SECONDS = 86400.0
ACCOUNT_TRIES, ACCOUNT_SECONDS = 100, 3600.0
CODE_TRIES, CODE_SECONDS = 20, 86400.0
_PAIR, _SERIES, _ACCOUNT = "guess", "guess-series", "guess-account"


@dataclass(frozen=True, slots=True)
class Guesser:
    """Somebody who tries passwords, or codes, at an address; ``place`` is where from."""

    email: str
    place: str
    is_trusted: bool = False
    tries_codes: bool = False

    @property
    def _account_limit(self) -> tuple[int, float]:
        """How many tries at the account all strangers have together, and in what time."""
        return (CODE_TRIES, CODE_SECONDS) if self.tries_codes else (ACCOUNT_TRIES, ACCOUNT_SECONDS)

    def is_locked(self) -> bool:
        """Whether no further try is taken now."""
        pair, account = count_key(_PAIR, self.email, self.place), count_key(_ACCOUNT, self.email)
        found = read_hits(pair, account)
        return found[pair] >= TRIES or (found[account] >= self._account_limit[0] and not self.is_trusted)

    def count_failure(self) -> None:
        """Count a try that failed; the fifth of a row locks, each time for twice as long."""
        pair = count_key(_PAIR, self.email, self.place)
        if add_hit(pair, FIRST_PAUSE_SECONDS) == TRIES:
            series = add_hit(count_key(_SERIES, self.email, self.place), SERIES_SECONDS)
            extend_window(pair, min(FIRST_PAUSE_SECONDS * 2 ** (series - 1), LONGEST_PAUSE_SECONDS))
        if not self.is_trusted:
            add_hit(count_key(_ACCOUNT, self.email), self._account_limit[1])

    def forgive(self) -> None:
        """Forget what this one has tried, after a right password."""
        forget_hits(count_key(_PAIR, self.email, self.place), count_key(_SERIES, self.email, self.place))


def guesser_on(email: str, user: User | None, device: Device) -> Guesser:
    """Who tries from a device; one that has signed in before has tries of its own."""
    if user is not None and is_device_of(user.pk, device.mark):
        return Guesser(email, f"device {device.mark}", is_trusted=True)
    place = network_of(device.address)
    return Guesser(email, f"address {place}", is_trusted=user is not None and _is_signed_in_from(user.pk, place))


def code_guesser_on(user: User, device: Device) -> Guesser:
    """Who tries codes of a second factor, with the right password: fewer tries, since a code is short."""
    return replace(guesser_on(user.email, user, device), email=_codes_of(user.email), tries_codes=True)


def _codes_of(email: str) -> str:
    return f"codes of {email}"


def _is_signed_in_from(user_id: int, place: str) -> bool:
    open_now = Session.objects.filter(user=user_id, expires_at__gt=now()).values_list("address", flat=True)
    return place in {network_of(address) for address in open_now}


def forgive_everybody(email: str) -> None:
    """Forget all tries at an address: somebody has proved by mail that it is theirs, or an admin lets them in."""
    forget_hits(*(count_key(kind, email) for kind in (_PAIR, _SERIES, _ACCOUNT)))


def forgive_codes(email: str) -> None:
    """Forget all tries at the codes of an account. A new password does not: whoever reads the mail is not let further."""
    forget_hits(*(count_key(kind, _codes_of(email)) for kind in (_PAIR, _SERIES, _ACCOUNT)))
