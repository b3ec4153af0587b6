"""The moods of the journal for templates: ``{% load moods %}``."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botcafe.web.wellbeing.moods import MOOD_CHOICES, MoodChoice

register = template.Library()


@register.simple_tag
def mood_choices() -> tuple[MoodChoice, ...]:
    """All moods, in their order."""
    return MOOD_CHOICES


@register.simple_tag
def mood_face(mood: MoodChoice, css_class: str = "icon") -> SafeString:
    """The face of a mood, which only decorates: its word stands beside it or is the label of what is around it."""
    markup = '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>'
    return format_html(markup, css_class, static("wellbeing/moods.svg"), mood.value)
