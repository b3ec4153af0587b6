"""Replies: those that are marked as being written while nobody writes them."""

import time

from django.conf import settings
from django.db.models import Exists, OuterRef

from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages.tree import RUNNING
from botcafe.areas.companions.turns.generations import Lease, list_leases
from botcafe.areas.companions.turns.reply_queue import LEASE_SECONDS
from botcafe.chat.generation.journal import interrupt_left_replies
from botcafe.kit.instants import from_epoch
from botcafe.kit.process_locks import is_known_alive, is_known_dead
from botcafe.upkeep.doctor.findings import Findings


def check_growing(found: Findings) -> None:
    """Running replies of the dead first: ending one ends its message too."""
    for lease in list_leases():
        if _is_left(lease):
            mended = found.is_mending and bool(interrupt_left_replies([lease]))
            found.add("replies that nobody writes any more", f"generation {lease.generation_id}", mended=mended)
    running = Generation.objects.filter(message=OuterRef("pk"), state__in=RUNNING)
    for number in Message.objects.filter(is_growing=True).exclude(Exists(running)).values_list("pk", flat=True):
        still = Message.objects.filter(pk=number, is_growing=True).exclude(Exists(running))
        # One that has ended since the list was read is no fault.
        is_left = still.exists()
        mended = is_left and found.is_mending and bool(still.update(is_growing=False))
        if is_left:
            found.add("messages that grow without a reply", f"message {number}", mended=mended)


def _is_left(lease: Lease) -> bool:
    if is_known_dead(settings.DATA, lease.owner):
        return True
    # Twice the time within which a living one renews it, by the database's own marks.
    is_old = not lease.renewed or lease.renewed < from_epoch(time.time() - LEASE_SECONDS)
    return is_old and not is_known_alive(settings.DATA, lease.owner)
