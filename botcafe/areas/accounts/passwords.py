"""What a password must be."""

from botcafe.cms.schema.errors import FieldProblem, ValidationFailed

SHORTEST, LONGEST = 3, 1000


def address_of(given: object) -> str:
    """An address as it is looked up: trimmed, in lower case; empty for what can be none."""
    return given.strip().lower() if isinstance(given, str) and "\x00" not in given else ""


def check_new_password(password: object) -> str:
    """The password, once it is found good. Raises ValidationFailed."""
    message = ""
    if not isinstance(password, str) or not password:
        message = "This field is required."
    elif len(password) < SHORTEST:
        message = f"This value must be longer than the minimum length of {SHORTEST} characters."
    elif len(password) > LONGEST:
        message = f"This value must be shorter than the max length of {LONGEST} characters."
    if message:
        raise ValidationFailed("users", [FieldProblem("password", message)])
    return str(password)
