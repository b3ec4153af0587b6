"""The language that an account has chosen for its pages and mails."""

from django.conf import settings

from botcafe.areas.accounts.collections.user import User
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import FieldProblem, Forbidden, ValidationFailed


def language_of(actor: Actor) -> str:
    """The code of the language that the actor chose, such as "en"; "" where none was chosen: the browser's counts."""
    return _offered(User.objects.filter(pk=actor.id).values_list("language", flat=True).first())


def language_of_address(email: str) -> str:
    """The language of the account with this address; the café's own where there is none, or none was chosen."""
    return (
        _offered(User.objects.filter(email=email).values_list("language", flat=True).first()) or settings.LANGUAGE_CODE
    )


def set_language(actor: Actor, code: str) -> None:
    """Set the actor's language, or "" for the browser's. Raises Forbidden and ValidationFailed."""
    if not actor.is_signed_in:
        raise Forbidden
    if code and code not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise ValidationFailed("users", [FieldProblem("language", f"This café speaks {known}.", "Language")])
    User.objects.filter(pk=actor.id).update(language=code)


def _offered(code: str | None) -> str:
    """A chosen language, unless the café offers it no more."""
    return code if code and code in dict(settings.LANGUAGES) else ""
