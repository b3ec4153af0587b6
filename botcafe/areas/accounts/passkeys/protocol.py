"""WebAuthn itself, by ``webauthn``. Loaded when a passkey is first used: it takes a third of a second."""

from collections.abc import Sequence
from dataclasses import dataclass

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

SITE_NAME = "BotCafé"
# What the library raises for an answer that does not hold, and for one that cannot be read.
_BAD_ANSWER = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class BadAnswerError(Exception):
    """The answer of a device does not hold, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What an answer has to hold against: the challenge, the name of the café for passkeys, and its origin."""

    value: bytes
    site: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair that a device has made: base64url."""

    credential: str
    public_key: str
    sign_count: int


def registration_options(
    site: str, challenge: bytes, *, email: str, name: str, handle: str, known: Sequence[str]
) -> str:
    """What a browser needs to make a passkey, as JSON; devices that keep one of ``known`` are left out."""
    options = webauthn.generate_registration_options(
        rp_id=site,
        rp_name=SITE_NAME,
        user_name=email,
        user_id=base64url_to_bytes(handle),
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
    )
    return webauthn.options_to_json(options)


def read_new_key(answer: str, asked: Challenge) -> NewKey:
    """The key pair of an answer that holds. Raises BadAnswerError."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=asked.value,
            expected_rp_id=asked.site,
            expected_origin=asked.origin,
            require_user_verification=True,
        )
    except _BAD_ANSWER as error:
        raise BadAnswerError from error
    public_key = bytes_to_base64url(made.credential_public_key)
    return NewKey(bytes_to_base64url(made.credential_id), public_key, made.sign_count)


def sign_in_options(site: str, challenge: bytes) -> str:
    """What a browser needs to ask for any passkey of this café, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def read_credential(answer: str) -> tuple[str, str]:
    """The id of the passkey that answers, and the handle of its account; nothing is checked yet. Raises BadAnswerError."""
    try:
        given = parse_authentication_credential_json(answer)
        return bytes_to_base64url(given.raw_id), bytes_to_base64url(given.response.user_handle or b"")
    except _BAD_ANSWER as error:
        raise BadAnswerError from error


def check_answer(answer: str, asked: Challenge, key: NewKey) -> int:
    """How often the device says that the passkey was used, for an answer that holds. Raises BadAnswerError."""
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=asked.value,
            expected_rp_id=asked.site,
            expected_origin=asked.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except _BAD_ANSWER as error:
        raise BadAnswerError from error
    return verified.new_sign_count
