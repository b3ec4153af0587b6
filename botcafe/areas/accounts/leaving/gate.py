"""What people may do who have not agreed to what is in force, or whose account is to be erased: read, export and leave."""

from django.urls import reverse

from botcafe.areas.legal.consent import refuse_without_consent
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden


class AccountLeaving(Forbidden):
    """The caller has asked for their account to be erased."""

    code = "account_leaving"

    def __init__(self, due_at: str) -> None:
        address = reverse("leaving:leave")
        super().__init__(
            f"Your account will be erased on {due_at[:10]}. Until then you can read, export, and keep the account after "
            f"all: {address}.",
            {"code": self.code, "due_at": due_at, "address": address},
        )


def is_only_reading(actor: Actor) -> bool:
    """Whether the actor may read, export and leave, and nothing else."""
    return actor.owes_consent or bool(actor.leaves_at)


def refuse_only_reading(actor: Actor) -> None:
    """Raises AccountLeaving for an account that is to be erased, ConsentRequired for one that owes an agreement."""
    if actor.leaves_at:
        raise AccountLeaving(actor.leaves_at)
    refuse_without_consent(actor)
