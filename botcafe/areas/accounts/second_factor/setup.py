"""Switch the second factor of an account on and off."""

from dataclasses import dataclass, field

import pyotp
import segno
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from botcafe.areas.accounts.audit import record_admin_action
from botcafe.areas.accounts.collections.second_factor import RecoveryCode, SecondFactor, second_factor_context
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.guesses import forgive_codes
from botcafe.areas.accounts.credentials.passwords import normalize_email
from botcafe.areas.accounts.credentials.proof import prove_presence
from botcafe.areas.accounts.jobs import send_security_notice
from botcafe.areas.accounts.second_factor import codes
from botcafe.areas.accounts.second_factor.steps import require_second_factor
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, FieldProblem, NotFound, ValidationFailed
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import now
from botcafe.kit.sealed import key_ring
from botcafe.kit.secrets import SecretError, open_sealed, seal

SETUP_SECONDS = 1800
ISSUER = "BotCafé"
_SALT = "second factor setup"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator needs: ``secret`` as text, and ``picture``, the QR code of it as a data address.

    ``token`` is the secret again, sealed for this sign-in: it comes back with the code that confirms it.
    """

    secret: str = field(repr=False)
    picture: str = field(repr=False)
    token: str = field(repr=False)


def begin_setup(actor: Actor, password: object) -> Setup:
    """A new secret. Nothing is stored until it is confirmed. Raises Conflict, and what ``prove_presence`` does."""
    prove_presence(actor, password)
    if codes.is_on(actor.id):
        raise _on_already()
    secret = pyotp.random_base32()
    sealed = seal(key_ring(), secret, _place(actor))
    return _setup_of(actor, secret, signing.dumps(sealed, salt=_SALT))


def resume_setup(actor: Actor, token: str) -> Setup:
    """The set-up of a token once more. Raises BadRequest for one of another sign-in, or older than half an hour."""
    try:
        secret = open_sealed(key_ring(), str(signing.loads(token, salt=_SALT, max_age=SETUP_SECONDS)), _place(actor))
    except (signing.BadSignature, SecretError) as error:
        raise BadRequest(gettext("This took too long, or was begun elsewhere. Begin again.")) from error
    return _setup_of(actor, secret, token)


def confirm_setup(actor: Actor, token: str, code: str) -> list[str]:
    """Switch it on with a code of the new secret; returns the recovery codes. Raises BadRequest, Conflict, ValidationFailed."""
    setup = resume_setup(actor, token)
    step = codes.find_step(setup.secret, "".join(code.split()))
    if step is None:
        why = gettext(
            "This code is not right. Take the one that your authenticator shows now, and look at the clock of your phone."
        )
        raise ValidationFailed("users", [FieldProblem("code", why)])
    user_id = int(actor.id or 0)
    sealed = seal(key_ring(), setup.secret, second_factor_context(user_id))
    try:
        with transaction.atomic():
            SecondFactor.objects.create(user_id=user_id, secret=sealed, last_step=step, created_at=now())
            made = codes.make_recovery_codes(user_id)
            _note_change(user_id, actor.id, "second_factor_on")
    except IntegrityError as error:
        raise _on_already() from error
    return made


def renew_recovery_codes(actor: Actor, password: object, code: object, device: Device) -> list[str]:
    """Ten new recovery codes in place of those of before. Raises what ``switch_off`` does."""
    user = _prove_both(actor, password, code, device)
    with transaction.atomic():
        made = codes.make_recovery_codes(user.pk)
        _note_change(user.pk, actor.id, "recovery_codes_new")
    return made


def switch_off(actor: Actor, password: object, code: object, device: Device) -> None:
    """Switch it off. Raises ValidationFailed and Forbidden without the password, Unauthorized without a code."""
    user = _prove_both(actor, password, code, device)
    _forget_factor(user.pk, actor.id, "second_factor_off")


def reset_second_factor(address: str) -> bool:
    """Switch it off for an operator, for the account of an address or a number; False where it is off.

    Raises NotFound where there is no such account.
    """
    found = User.objects.filter(email=normalize_email(address))
    if address.isascii() and address.isdecimal() and len(address) < len(str(2**63)):
        found = User.objects.filter(pk=int(address))
    user = found.first()
    if user is None:
        raise NotFound("There is no such account.")
    was_on = codes.is_on(user.pk)
    if was_on:
        _forget_factor(user.pk, None, "second_factor_reset")
    forgive_codes(user.email)
    return was_on


def _on_already() -> Conflict:
    return Conflict(gettext("The second step is on already. Switch it off first to move it to another authenticator."))


def _prove_both(actor: Actor, password: object, code: object, device: Device) -> User:
    user = prove_presence(actor, password)
    if not codes.is_on(user.pk):
        raise Conflict(gettext("The second step is off."))
    require_second_factor(user, device, code)
    return user


def _forget_factor(user_id: int, by: int | None, what: str) -> None:
    with transaction.atomic():
        SecondFactor.objects.filter(user=user_id).delete()
        RecoveryCode.objects.filter(user=user_id).delete()
        _note_change(user_id, by, what)


def _note_change(user_id: int, by: int | None, what: str) -> None:
    record_admin_action(by, what, "users", user_id, {})
    enqueue(send_security_notice, email=User.objects.values_list("email", flat=True).get(pk=user_id), what=what)


def _place(actor: Actor) -> str:
    return f"second-factor-setup:{actor.id}:{actor.session_id}"


def _setup_of(actor: Actor, secret: str, token: str) -> Setup:
    address = pyotp.TOTP(secret).provisioning_uri(name=actor.email or str(actor.id), issuer_name=ISSUER)
    return Setup(
        secret, segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff"), token
    )
