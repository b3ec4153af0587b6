"""What a page says of a reply that did not end by itself, and the ways on that it offers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.generation import Generation

STOPPED_NOTE = gettext_lazy("Stopped here by you.")
INTERRUPTED_NOTE = gettext_lazy("Cut off. It can be continued.")
FAILED_NOTE = gettext_lazy("The reply did not come.")
LENGTH_NOTE = gettext_lazy("The reply reached its length limit.")


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The note under a reply, empty for one that ended well, and which buttons stand beside it."""

    note: str = ""
    may_retry: bool = False
    may_continue: bool = False
    may_change_model: bool = False

    @property
    def has_ways_on(self) -> bool:
        """Whether any button is offered."""
        return self.may_retry or self.may_continue or self.may_change_model


def reply_end_of(reply: "Generation | None", text: str, *, is_bot: bool) -> ReplyEnd:
    """How a reply ended. ``text`` is what it has: nothing can be continued that has no words.

    A line that was written for the user (``is_bot`` false) is not continued either: asked to go on, the bot answers it.
    """
    if reply is None or reply.state in {"queued", "streaming"}:
        return ReplyEnd()
    has_words = bool(text.strip())
    may_continue = has_words and is_bot
    if reply.state == "failed":
        return ReplyEnd(reply.error or str(FAILED_NOTE), True, may_continue, True)
    if reply.state == "interrupted":
        return ReplyEnd(reply.error or str(INTERRUPTED_NOTE), not has_words, may_continue)
    if reply.state == "stopped":
        return ReplyEnd(str(STOPPED_NOTE), not has_words, may_continue)
    if reply.finish_reason == "length":
        # One that is as long as a message may be has an error that says so, and can hold no more.
        return ReplyEnd(reply.error or str(LENGTH_NOTE), may_continue=may_continue and not reply.error)
    return ReplyEnd()
