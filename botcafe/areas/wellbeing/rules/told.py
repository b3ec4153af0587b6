"""The notices that the rules ask for: that bots are AI, and that a break is due."""

from django.utils import translation
from django.utils.translation import gettext

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.wellbeing.counting import count_notice
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.reader import Reader
from botcafe.areas.wellbeing.rules.duties import duties_for
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now, to_epoch

SECONDS_PER_HOUR = 3600


def rule_notices(actor: Actor, reader: Reader, *, is_start: bool) -> tuple[Notice, ...]:
    """The notices that are due for this turn, noted as shown. ``is_start``: it is the first turn of a chat."""
    present = now()
    duties = duties_for(reader.region, present[:10], is_minor=reader.is_minor)
    tells = (is_start and duties.tells_at_start) or _is_due(reader.told_at, duties.tells_hours, present)
    breaks = _is_due(reader.break_told_at, duties.break_hours, present)
    if not (tells or breaks):
        return ()
    changed = {**({"told_at": present} if tells else {}), **({"break_told_at": present} if breaks else {})}
    User.objects.filter(pk=actor.id).update(**changed)
    with translation.override(reader.language or translation.get_language()):
        found = []
        if tells:
            count_notice("ai", reader.region, is_minor=reader.is_minor)
            found.append(Notice("ai", _ai_text()))
        if breaks:
            found.append(Notice("break", _break_text()))
        return tuple(found)


def _is_due(last: str, hours: int | None, present: str) -> bool:
    return hours is not None and (not last or to_epoch(present) - to_epoch(last) >= hours * SECONDS_PER_HOUR)


def _ai_text() -> str:
    return gettext(
        "You are talking with an AI, a computer program, and not with a human being. It cannot feel human emotion."
    )


def _break_text() -> str:
    return gettext(
        "Remember to take a break now and then: stand up, drink something, see somebody. The bot is an AI and can wait."
    )
