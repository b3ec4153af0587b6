"""``{% icon "name" %}``: a drawing of ``shell/icons.svg``; loaded for every template by the settings."""

import functools

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Point along the line of the text: mirrored where it runs from right to left.
DIRECTED = {"arrow-left", "arrow-right", "send", "reply", "go-on", "undo", "leave"}


@register.simple_tag
def icon(name: str, css_class: str = "icon") -> SafeString:
    """An icon that only decorates: screen readers skip it."""
    return _render_icon(name, css_class)


@register.simple_tag
def small_icon(name: str) -> SafeString:
    """An icon of the size of the text beside it."""
    return _render_icon(name, "icon-s")


@register.simple_tag
def labelled_icon(name: str, label: str) -> SafeString:
    """A small icon that says something of its own, which screen readers read."""
    markup = '<svg class="icon-s" aria-label="{}" role="img"><use href="{}#{}"></use></svg>'
    return format_html(markup, label, static("shell/icons.svg"), name)


# A chat's page draws several hundred icons of some forty kinds.
@functools.cache
def _render_icon(name: str, css_class: str) -> SafeString:
    classes = f"{css_class} icon-directed" if name in DIRECTED else css_class
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, static("shell/icons.svg"), name
    )
