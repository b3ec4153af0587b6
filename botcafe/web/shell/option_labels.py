"""Words for the options of select fields, whose stored values are English and never change."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

OPTION_LABELS = {
    "friendly": gettext_lazy("friendly"),
    "professional": gettext_lazy("professional"),
    "playful": gettext_lazy("playful"),
    "mysterious": gettext_lazy("mysterious"),
    "wise": gettext_lazy("wise"),
    "humorous": gettext_lazy("humorous"),
    "empathetic": gettext_lazy("empathetic"),
    "authoritative": gettext_lazy("authoritative"),
    "direct": gettext_lazy("direct"),
    "elaborate": gettext_lazy("elaborate"),
    "concise": gettext_lazy("concise"),
    "storytelling": gettext_lazy("storytelling"),
    "questioning": gettext_lazy("questioning"),
    "none": gettext_lazy("none"),
    "light": gettext_lazy("light"),
    "moderate": gettext_lazy("moderate"),
    "dark": gettext_lazy("dark"),
    "sarcastic": gettext_lazy("sarcastic"),
    "very-casual": gettext_lazy("very casual"),
    "casual": gettext_lazy("casual"),
    "neutral": gettext_lazy("neutral"),
    "formal": gettext_lazy("formal"),
    "very-formal": gettext_lazy("very formal"),
    "very-short": gettext_lazy("very short"),
    "short": gettext_lazy("short"),
    "medium": gettext_lazy("medium"),
    "long": gettext_lazy("long"),
    "very-long": gettext_lazy("very long"),
    "conservative": gettext_lazy("conservative"),
    "creative": gettext_lazy("creative"),
    "highly-creative": gettext_lazy("highly creative"),
    "very-limited": gettext_lazy("very limited"),
    "limited": gettext_lazy("limited"),
    "balanced": gettext_lazy("balanced"),
    "generous": gettext_lazy("generous"),
    "very-generous": gettext_lazy("very generous"),
    "classic": gettext_lazy("classic"),
    "modern": gettext_lazy("modern"),
    "fantasy": gettext_lazy("fantasy"),
    "minimalist": gettext_lazy("minimalist"),
    "vintage": gettext_lazy("vintage"),
    "futuristic": gettext_lazy("futuristic"),
    "normal": gettext_lazy("normal"),
    "continue": gettext_lazy("continue"),
    "impersonate": gettext_lazy("impersonate"),
    "swipe": gettext_lazy("swipe"),
    "regenerate": gettext_lazy("regenerate"),
    "quiet": gettext_lazy("quiet"),
    "persona": gettext_lazy("persona"),
    "description": gettext_lazy("description"),
    "personality": gettext_lazy("personality"),
    "depth_prompt": gettext_lazy("depth prompt"),
    "scenario": gettext_lazy("scenario"),
    "creator_notes": gettext_lazy("creator notes"),
}


def option_label(value: str) -> "_StrOrPromise":
    """What people read for a stored option; an option that is not known reads as it is stored."""
    return OPTION_LABELS.get(value, value.replace("-", " ").replace("_", " "))
