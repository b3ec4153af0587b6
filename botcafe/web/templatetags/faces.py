"""``{% face name seed %}``: a drawn portrait for whoever has no picture; loaded for every template by the settings."""

import functools
import re
from hashlib import blake2b

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# How many drawings of each part there are in ``shell/faces.svg``, in the order in which they lie on each other.
PARTS = {"body": 4, "head": 3, "hair": 12, "extra": 8, "eyes": 6, "mouth": 5}
# Sizes of small copies in pixels, and the width that they are shown at, by the class of an avatar.
FACE = ((64, 128), "2.5rem")
SHOWN = {
    "avatar-card": ((320, 640), "(min-width: 40rem) 18rem, 90vw"),
    "avatar-portrait": ((320, 640), "(min-width: 50rem) 18rem, 15rem"),
    "avatar-large": ((64, 128), "4rem"),
    "avatar-small": ((64, 128), "2rem"),
    "avatar-tiny": ((64, 128), "1.5rem"),
}
SIZE = re.compile(r"\?size=\d+&")
# The seed of people themselves: they are shown by the first letter of their name.
OWN = "u"


@register.simple_tag
def face(name: object, seed: object) -> SafeString:
    """A portrait, always the same for a name and a number, or the first letter of the name where it is one's own."""
    text = str(name or "?")
    return escape(text[:1]) if str(seed) == OWN else _draw_face(f"{seed} {text}")


@register.simple_tag
def portrait(picture_url: str, css_class: str = "") -> SafeString:
    """The picture of somebody in the sizes in which an avatar of this class is shown."""
    sizes, width = next((shown for name, shown in SHOWN.items() if name in css_class), FACE)
    if not SIZE.search(picture_url):
        # Too small for copies, or of another server: as it is.
        return format_html('<img src="{}" alt="" loading="lazy" decoding="async">', picture_url)
    listed = ", ".join(f"{_at_size(picture_url, size)} {size}w" for size in sizes)
    markup = '<img src="{}" srcset="{}" sizes="{}" alt="" loading="lazy" decoding="async">'
    return format_html(markup, _at_size(picture_url, sizes[0]), listed, width)


def _at_size(url: str, size: int) -> str:
    return SIZE.sub(f"?size={size}&", url, count=1)


@functools.lru_cache(maxsize=2000)
def _draw_face(whose: str) -> SafeString:
    draws = blake2b(whose.encode("utf-8", "replace"), digest_size=len(PARTS)).digest()
    parts = [
        (static("shell/faces.svg"), part, draw % count)
        for (part, count), draw in zip(PARTS.items(), draws, strict=True)
    ]
    drawn = format_html_join("", '<use href="{}#{}-{}"></use>', parts)
    return format_html('<svg class="face" viewBox="0 0 100 100" aria-hidden="true">{}</svg>', drawn)
