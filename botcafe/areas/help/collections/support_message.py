"""The answers of a support ticket, of both sides: the ``supportMessages`` collection."""

from botcafe.areas.help.collections.support_ticket import SUPPORT_TICKETS
from botcafe.areas.help.message_rules import (
    MAX_ANSWER_CHARACTERS,
    count_answer_of_day,
    follow_answer,
    refuse_unfit_answer,
)
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Relation, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner, part_of


class SupportMessage(Row):
    """One answer. It goes with its ticket; whoever of the staff wrote it may be gone before."""

    user = Relation("accounts.User")
    ticket = Relation("help.SupportTicket", required=True, needs="update", part_of=True)
    text = Textarea(required=True, max_length=MAX_ANSWER_CHARACTERS)
    is_from_staff = Checkbox(server=True)

    class Meta:
        verbose_name = "support message"


SUPPORT_MESSAGES = Collection(
    model=SupportMessage,
    slug="supportMessages",
    name="Support Message",
    read=part_of("ticket", SUPPORT_TICKETS, "read"),
    create=owner(),
    # What was said stays as it was, until its ticket is deleted.
    update=nobody(),
    delete=nobody(),
    prepare=(count_answer_of_day,),
    before_change=(refuse_unfit_answer,),
    after_change=(follow_answer,),
    default_sort="createdAt",
    is_added=True,
    is_written_by_hooks=True,
)
