"""Proof that whoever uses a session is its owner: the present password, or a sign-in of a moment ago."""

from django.contrib.auth.hashers import check_password, is_password_usable
from django.utils.translation import gettext

from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.credentials.guesses import Guesser
from botcafe.areas.accounts.credentials.hooks import PROOF_FIELD
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import FieldProblem, Forbidden, Unauthorized, ValidationFailed
from botcafe.kit.instants import from_epoch, now, to_epoch

PROOF_LABEL = "Current password"
FRESH_SECONDS = 600


def find_password_problem(email: str, hashed: str, session_id: str | None, given: object) -> str:
    """What is wrong with a present password; "" for the right one. Raises Unauthorized after too many wrong ones."""
    # Trusted, as the session is signed in: guesses at this account from elsewhere do not lock its owner out.
    guesser = Guesser(email, f"session {session_id}", is_trusted=True)
    if not is_password_usable(hashed):
        return "This account has no password yet: ask for a link to choose one (“forgot password”)."
    if not isinstance(given, str) or not given:
        return "Give your present password to change your password or your address."
    if guesser.is_locked():
        raise Unauthorized("Too many wrong passwords. Wait ten minutes, or ask for a link to choose a new one.")
    if check_password(given, hashed):
        guesser.forgive()
        return ""
    guesser.count_failure()
    return "This is not your present password."


def is_fresh(actor: Actor) -> bool:
    """Whether the actor has signed in within the last ten minutes."""
    since = from_epoch(to_epoch(now()) - FRESH_SECONDS)
    return bool(Session.objects.filter(pk=actor.session_id, user=actor.id, created_at__gt=since).exists())


def has_password(actor: Actor) -> bool:
    """Whether the actor can sign in with a password."""
    return is_password_usable(User.objects.values_list("password", flat=True).get(pk=actor.id))


def prove_presence(actor: Actor, password: object, *, may_be_fresh: bool = False) -> User:
    """The actor's account, once the present password has proved that it is theirs.

    A sign-in of the last ten minutes does instead where the account has no password, or with ``may_be_fresh``. Raises
    ValidationFailed for a wrong password, Forbidden where the sign-in is too old, and Unauthorized after too many tries.
    """
    user: User = User.objects.get(pk=actor.id)
    is_without = not is_password_usable(user.password)
    if is_without or (may_be_fresh and not password):
        if is_fresh(actor):
            return user
        if is_without:
            raise Forbidden(
                gettext("Sign out and in again, then do this within ten minutes: it shows that the account is yours.")
            )
    problem = find_password_problem(user.email, user.password, actor.session_id, password)
    if problem:
        asked = gettext("Give your present password: it shows that the account is yours.")
        wanted = problem if password else asked
        raise ValidationFailed("users", [FieldProblem(PROOF_FIELD, wanted, PROOF_LABEL)])
    return user
