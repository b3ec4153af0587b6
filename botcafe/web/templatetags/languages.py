"""``{% text_direction %}`` of the page's language; loaded for every template by the settings."""

from django import template
from django.conf import settings
from django.utils.translation import get_language

from botcafe.web.shell.option_labels import option_label

register = template.Library()
register.filter("option_label", option_label)


@register.simple_tag
def text_direction() -> str:
    """ "rtl" where the language runs from right to left; Django asks about the first part of its code alone."""
    code = get_language() or ""
    return "rtl" if {code, code.split("-")[0]} & set(settings.LANGUAGES_BIDI) else "ltr"
