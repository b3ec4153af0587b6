"""The rules for new passwords, which every door follows, and the normal form of e-mail addresses."""

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from botcafe.cms.schema.errors import FieldProblem, ValidationFailed

MAX_PASSWORD_CHARACTERS = 1000


def normalize_email(given: object) -> str:
    """An e-mail address in the form in which it is stored: trimmed and in lower case; empty for anything but text."""
    # PostgreSQL refuses text with a NUL character.
    return given.strip().lower() if isinstance(given, str) and "\x00" not in given else ""


def check_new_password(password: object, *, email: object = "", name: object = "") -> str:
    """Return a password that may be set for the account of this address and name. Raises ValidationFailed.

    The rules are Django's (``AUTH_PASSWORD_VALIDATORS``): long enough, not among the commonest, not digits alone, and not
    the address or the name.
    """
    message = ""
    if not isinstance(password, str) or not password:
        message = "This field is required."
    elif len(password) > MAX_PASSWORD_CHARACTERS:
        message = f"This value must be shorter than the max length of {MAX_PASSWORD_CHARACTERS} characters."
    else:
        try:
            validate_password(password, get_user_model()(email=normalize_email(email), name=_text(name)))
        except ValidationError as error:
            message = " ".join(error.messages)
    if message:
        raise ValidationFailed("users", [FieldProblem("password", message)])
    return str(password)


def _text(given: object) -> str:
    return given[:200] if isinstance(given, str) else ""
