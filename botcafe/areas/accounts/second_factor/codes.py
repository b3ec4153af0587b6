"""Codes of an authenticator and recovery codes: each is taken once."""

import base64
import hashlib
import hmac
import secrets as random
from typing import Literal

import pyotp

from botcafe.areas.accounts.collections.second_factor import RecoveryCode, SecondFactor, second_factor_context
from botcafe.kit.instants import now, to_epoch
from botcafe.kit.sealed import key_ring
from botcafe.kit.secrets import open_sealed

STEP_SECONDS, WINDOW = 30, 1
RECOVERY_CODES, RECOVERY_LETTERS = 10, 16
MAX_TYPED = 100
CodeKind = Literal["authenticator", "recovery"]


def is_on(user_id: int | None) -> bool:
    """Whether the sign-in of an account asks for a code."""
    return bool(SecondFactor.objects.filter(user=user_id).exists())


def take_code(user_id: int, given: object) -> CodeKind | None:
    """Use up a code of the account, of either kind; None for a wrong one, or one that was taken before."""
    typed = (
        "".join(c for c in given.lower() if c.isalnum()) if isinstance(given, str) and len(given) < MAX_TYPED else ""
    )
    if len(typed) == RECOVERY_LETTERS:
        # Deleting finds it once, whoever else asks at the same moment.
        return "recovery" if RecoveryCode.objects.filter(user=user_id, hash=_hash(user_id, typed)).delete()[0] else None
    factor = SecondFactor.objects.filter(user=user_id).first()
    if factor is None:
        return None
    step = find_step(open_sealed(key_ring(), factor.secret, second_factor_context(user_id)), typed)
    if step is None:
        return None
    taken = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step)
    return "authenticator" if taken else None


def find_step(secret: str, typed: str) -> int | None:
    """The 30 seconds, counted since 1970, whose code was typed: the present ones, or those beside them."""
    generator, present = pyotp.TOTP(secret, interval=STEP_SECONDS), int(to_epoch(now())) // STEP_SECONDS
    near = range(present - WINDOW, present + WINDOW + 1)
    return next((s for s in near if hmac.compare_digest(generator.at(s * STEP_SECONDS).encode(), typed.encode())), None)


def make_recovery_codes(user_id: int) -> list[str]:
    """Ten new recovery codes such as ``abcd-efgh-ijkl-mnop``, in place of those of before. They are stored as hashes."""
    codes = [base64.b32encode(random.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user_id).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, hash=_hash(user_id, code)) for code in codes)
    return ["-".join(code[i : i + 4] for i in range(0, RECOVERY_LETTERS, 4)) for code in codes]


def count_recovery_codes(user_id: int | None) -> int:
    """How many are left."""
    return int(RecoveryCode.objects.filter(user=user_id).count())


def _hash(user_id: int, code: str) -> str:
    # A fast hash is enough: a code is 80 random bits.
    return hashlib.sha256(f"{user_id}\n{code}".encode("utf8", "replace")).hexdigest()
