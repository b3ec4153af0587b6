"""How pages look on this device; loaded for every template by the settings."""

from collections.abc import Mapping

from django import template
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from botcafe.web.shell.looks import READING, looks_of

register = template.Library()


@register.simple_tag(takes_context=True)
def device_look(context: Mapping[str, object]) -> SafeString:
    """The attributes of the page's root by which styles know the settings of this device."""
    return format_html_join("", ' data-{}="{}"', _looks(context).items())


@register.inclusion_tag("shell/_reading.html", takes_context=True)
def reading_settings(context: Mapping[str, object]) -> dict[str, object]:
    """The form of the reading settings."""
    chosen = _looks(context)
    return {
        "looks": [(look, chosen.get(look.name, "")) for look in READING],
        "csrf_token": context.get("csrf_token"),
    }


def _looks(context: Mapping[str, object]) -> dict[str, str]:
    request = context.get("request")
    return looks_of(request) if isinstance(request, HttpRequest) else {}
