"""Who may make an account: open to all, by invitation, or closed, by setting."""

from django.conf import settings

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.rules import AccessRule


class _SignUpRule(AccessRule):
    text = "anyone while sign-up is open, admin"

    def may_create(self, actor: Actor) -> bool:
        return actor.is_admin or settings.SIGNUP == "open"


def while_sign_up_open() -> AccessRule:
    """Anyone while sign-up is open; admins always. An invitation opens it for one, through its own action."""
    return _SignUpRule()
