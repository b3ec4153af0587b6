"""Words for people and for the wire, made from names in code."""

import re
import unicodedata

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SLUG = re.compile(r"[^a-z0-9]+")
_WHOLE_SLUG = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


def field_label(name: str) -> str:
    """``system_prompt`` becomes ``System_prompt``: the labels clients know."""
    return name[:1].upper() + name[1:]


def space_camel_case(name: str) -> str:
    """``BotInteraction`` becomes ``Bot Interaction``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def pluralize(phrase: str) -> str:
    """A plain English plural, good enough for the names of collections."""
    if phrase.endswith(("s", "edia", "Knowledge", "Documentation", "Log", "Access Control")):
        return phrase
    if phrase.endswith("y") and phrase[-2:-1] not in "aeiou":
        return phrase[:-1] + "ies"
    return phrase + "s"


def counted(number: int, noun: str) -> str:
    """``1 file``, ``1,443 files``."""
    return f"{number:,} {noun if number == 1 else pluralize(noun)}"


def has_control_characters(text: str) -> bool:
    """True where text carries a control character other than tab, line feed and carriage return."""
    return _CONTROL_CHARACTERS.search(text) is not None


def looks_like_another(text: str) -> bool:
    """True where text has characters that are not seen, or that stand for others: it is read as another text than it is."""
    return unicodedata.normalize("NFKC", text) != text or any(unicodedata.category(each)[0] in "CZ" for each in text)


def is_slug(text: str) -> bool:
    """Whether a text names a row in addresses and file names, where nothing of it has to be escaped."""
    return _WHOLE_SLUG.fullmatch(text) is not None


def slugify_name(name: str) -> str:
    """Lower-case ASCII words joined by hyphens; ``bot`` where nothing is left."""
    return _SLUG.sub("-", name.lower()).strip("-")[:80] or "bot"


def snake_case(name: str) -> str:
    """``botInteractions`` becomes ``bot_interactions``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
