"""The ten moods as pages show them: a face (a drawing of ``wellbeing/moods.svg``) and a word."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class MoodChoice:
    """One mood: its stored value, which names its drawing too, and its word."""

    value: str
    label: "_StrOrPromise"


MOOD_CHOICES = (
    MoodChoice("very-happy", gettext_lazy("very happy")),
    MoodChoice("happy", gettext_lazy("happy")),
    MoodChoice("excited", gettext_lazy("excited")),
    MoodChoice("content", gettext_lazy("content")),
    MoodChoice("neutral", gettext_lazy("neutral")),
    MoodChoice("anxious", gettext_lazy("anxious")),
    MoodChoice("frustrated", gettext_lazy("frustrated")),
    MoodChoice("sad", gettext_lazy("sad")),
    MoodChoice("angry", gettext_lazy("angry")),
    MoodChoice("very-sad", gettext_lazy("very sad")),
)
_BY_VALUE = {each.value: each for each in MOOD_CHOICES}


def mood_choice(value: str) -> MoodChoice:
    """The mood of a stored value."""
    return _BY_VALUE.get(value) or MoodChoice("neutral", value)
