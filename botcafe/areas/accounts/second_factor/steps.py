"""The second step of a sign-in, after a right password."""

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.guesses import code_guesser_on
from botcafe.areas.accounts.jobs import send_security_notice
from botcafe.areas.accounts.second_factor.codes import is_on, take_code
from botcafe.cms.schema.errors import Unauthorized
from botcafe.jobs.queue import enqueue

STEP_SECONDS = 600
NEEDED = "second_factor_required"
INVALID = "second_factor_invalid"
_SALT = "second step"


class SecondFactorNeeded(Unauthorized):
    """The password was right, and the account asks for a code too. ``step`` is what a page keeps until it has one."""

    code = NEEDED

    def __init__(self, user: User) -> None:
        words = gettext("This account asks for a code of its authenticator too: give it as “code”.")
        super().__init__(words, {"code": NEEDED})
        self.step = signing.dumps([user.pk, _fingerprint(user)], salt=_SALT)


def require_second_factor(user: User, device: Device, code: object) -> None:
    """Pass where the account has no second factor, or use up the code that was given.

    Raises SecondFactorNeeded without a code, and Unauthorized for a wrong one or after too many.
    """
    if not is_on(user.pk):
        return
    if code is None or code == "":
        raise SecondFactorNeeded(user)
    guesser = code_guesser_on(user, device)
    if guesser.is_locked():
        raise Unauthorized(gettext("Too many wrong codes. Wait ten minutes, then try again."), {"code": INVALID})
    kind = take_code(user.pk, code)
    if kind is None:
        guesser.count_failure()
        wrong = gettext(
            "This code is not right, or it was used already. Take the one that your authenticator shows now."
        )
        raise Unauthorized(wrong, {"code": INVALID})
    guesser.forgive()
    if kind == "recovery":
        enqueue(send_security_notice, email=user.email, what="recovery_code_used")


def find_by_step(step: str) -> User | None:
    """The account of a first step that was taken; None for one that is too old, or of before a change of the account."""
    try:
        user_id, fingerprint = signing.loads(step, salt=_SALT, max_age=STEP_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user: User | None = User.objects.filter(pk=user_id).first()
    return user if user is not None and constant_time_compare(fingerprint, _fingerprint(user)) else None


def _fingerprint(user: User) -> str:
    return salted_hmac(_SALT, f"{user.pk}\n{user.email}\n{user.password}").hexdigest()
