"""Chats: where each ends now, and that its messages hang together."""

from django.db.models import Exists, F, OuterRef

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.upkeep.doctor.findings import Findings


def check_leaves(found: Findings) -> None:
    """A chat ends in a message of its own, and has one where it has any."""
    own = Message.objects.filter(pk=OuterRef("active_leaf"), conversation=OuterRef("pk"))
    rows = Conversation.objects.filter(active_leaf__isnull=False).exclude(Exists(own))
    for number in rows.order_by("pk").values_list("pk", flat=True).iterator():
        mended = found.is_mending and _set_newest(number)
        found.add("chats that end in a message which is not theirs", f"conversation {number}", mended=mended)
    _check_parts(found)


def _set_newest(number: int) -> bool:
    newest = Message.objects.filter(conversation=number, deleted_at__isnull=True).order_by("-pk").first()
    return bool(Conversation.objects.filter(pk=number).update(active_leaf=newest))


def _check_parts(found: Findings) -> None:
    advice = "Tell the makers of BotCafé: no act of its own makes such rows."
    strays = Message.objects.filter(parent__isnull=False).exclude(parent__conversation=F("conversation"))
    for number in strays.order_by("pk").values_list("pk", flat=True).iterator():
        found.add("messages below a message of another chat", f"message {number}", advice=advice)
    replies = Generation.objects.exclude(message__conversation=F("conversation"))
    for number in replies.order_by("pk").values_list("pk", flat=True).iterator():
        found.add("replies whose message is in another chat", f"generation {number}", advice=advice)
