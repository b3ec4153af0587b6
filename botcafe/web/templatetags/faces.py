"""``{% face name seed %}``: a drawn portrait for whoever has no picture; loaded for every template by the settings."""

import functools
from hashlib import blake2b

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# How many drawings of each part there are in ``shell/faces.svg``, in the order in which they lie on each other.
PARTS = {"body": 3, "head": 3, "hair": 8, "eyes": 4, "mouth": 3}
# The seed of people themselves: they are shown by the first letter of their name.
OWN = "u"


@register.simple_tag
def face(name: object, seed: object) -> SafeString:
    """A portrait, always the same for a name and a number, or the first letter of the name where it is one's own."""
    text = str(name or "?")
    return escape(text[:1]) if str(seed) == OWN else _draw_face(f"{seed} {text}")


@functools.lru_cache(maxsize=2000)
def _draw_face(whose: str) -> SafeString:
    draws = blake2b(whose.encode("utf-8", "replace"), digest_size=len(PARTS)).digest()
    parts = [
        (static("shell/faces.svg"), part, draw % count)
        for (part, count), draw in zip(PARTS.items(), draws, strict=True)
    ]
    drawn = format_html_join("", '<use href="{}#{}-{}"></use>', parts)
    return format_html('<svg class="face" viewBox="0 0 100 100" aria-hidden="true">{}</svg>', drawn)
