"""The access rule for creating accounts, after the setting ``SIGNUP`` (open, invite or closed)."""

from django.conf import settings

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.rules import AccessRule


class _SignUpRule(AccessRule):
    text = "anyone while sign-up is open, admin"

    def may_create(self, actor: Actor) -> bool:
        return actor.is_admin or settings.SIGNUP == "open"


def while_sign_up_open() -> AccessRule:
    """Anyone while sign-up is open; admins always. Invitations are handled by ``actions.register_account``."""
    return _SignUpRule()
