"""The notice for somebody whose words say that they are in danger. Only a count is kept, never the words."""

from django.utils import translation
from django.utils.translation import gettext

from botcafe.areas.wellbeing.counting import count_notice
from botcafe.areas.wellbeing.crisis.detection import Danger
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.reader import Reader
from botcafe.areas.wellbeing.resources import choose_lines


def crisis_notice(reader: Reader, danger: Danger, *, is_counted: bool) -> Notice:
    """The notice with the lines of the reader's region and languages; counted unless the turn was seen before."""
    if is_counted:
        count_notice(danger.kind, reader.region, is_minor=reader.is_minor)
    language = reader.language or translation.get_language() or ""
    lines = choose_lines(reader.region, (language, danger.language))
    with translation.override(language or None):
        return Notice("crisis", _text_for(danger), tuple(each.as_resource() for each in lines))


def _text_for(danger: Danger) -> str:
    if danger.kind == "abuse":
        return gettext(
            "It sounds as if somebody is hurting you. You do not have to bear that alone: the people below listen, "
            "believe you and know what can be done. If you are in danger right now, call the emergency number where you are."
        )
    if danger.kind == "eating":
        return gettext(
            "It sounds as if eating has become a struggle that hurts you. The people below know such struggles and listen "
            "without judging. If your body is giving out, call the emergency number where you are."
        )
    return gettext(
        "It sounds as if you are going through something very hard. You matter, and you can talk to a person right now: "
        "the people below listen, at any hour. If your life is in danger, call the emergency number where you are."
    )
