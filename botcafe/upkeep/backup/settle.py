"""What was under way when a backup was made: on the restored café nobody does it."""

from django.db import transaction

from botcafe.areas.companions.turns.generations import interrupt_replies, list_leases
from botcafe.areas.keys.quotas import forget_reservations
from botcafe.chat.generation.spool import store_spooled_ends
from botcafe.cms.db.migrations import is_current
from botcafe.jobs.dead_tasks import requeue_running_tasks


def settle_restored() -> bool:
    """End the replies, calls and jobs of the machine that was; False where the tables are of an older version."""
    if not is_current():
        return False
    # First, as what has ended was not interrupted.
    store_spooled_ends()
    interrupt_replies(list_leases())
    with transaction.atomic():
        forget_reservations()
        requeue_running_tasks()
    return True
