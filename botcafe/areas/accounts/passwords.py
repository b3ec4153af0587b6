"""Rules for passwords, and the normal form of e-mail addresses."""

from botcafe.cms.schema.errors import FieldProblem, ValidationFailed

MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 3, 1000


def normalize_email(given: object) -> str:
    """An e-mail address in the form in which it is stored: trimmed and in lower case; empty for anything but text."""
    # PostgreSQL refuses text with a NUL character.
    return given.strip().lower() if isinstance(given, str) and "\x00" not in given else ""


def check_new_password(password: object) -> str:
    """Return the password if its length is allowed. Raises ValidationFailed."""
    message = ""
    if not isinstance(password, str) or not password:
        message = "This field is required."
    elif len(password) < MIN_PASSWORD_CHARACTERS:
        message = f"This value must be longer than the minimum length of {MIN_PASSWORD_CHARACTERS} characters."
    elif len(password) > MAX_PASSWORD_CHARACTERS:
        message = f"This value must be shorter than the max length of {MAX_PASSWORD_CHARACTERS} characters."
    if message:
        raise ValidationFailed("users", [FieldProblem("password", message)])
    return str(password)
