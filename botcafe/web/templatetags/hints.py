"""``{% hint "lore" %}``: the ``?`` beside a hard word; loaded for every template by the settings."""

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.hints import FIELD_HINTS, HINTS

register = template.Library()
_MARKUP = (
    '<button class="hint" type="button" popovertarget="hint-{0}" aria-label="{1}">?</button>'
    '<span class="hint-text" id="hint-{0}" popover>{2}{3}</span>'
)
_MORE = ' <a href="{}">{}</a>'


@register.simple_tag
def hint(name: str) -> SafeString:
    """The button and its sentence; each word may stand once on a page."""
    found = HINTS[name]
    more = ""
    if found.article:
        more = format_html(_MORE, page_url("help:help", query={"article": found.article}), gettext("More in Help"))
    return format_html(_MARKUP, name, found.question, found.sentence, more)


@register.simple_tag
def field_hint(field: BoundField) -> SafeString | str:
    """The hint of a form's field; "" where its name needs none."""
    name = FIELD_HINTS.get(field.name, "")
    return hint(name) if name else ""
