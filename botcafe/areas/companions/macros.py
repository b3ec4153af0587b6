"""The placeholders that cards use for names."""

import re

_CHAR = re.compile(r"\{\{char\}\}|<char>|<bot>", re.IGNORECASE)
_USER = re.compile(r"\{\{user\}\}|<user>", re.IGNORECASE)
_NOTE = re.compile(r"\{\{//[^{}]*\}\}|\{\{comment:[^{}]*\}\}", re.IGNORECASE)
_NEWLINE = re.compile(r"\{\{newline\}\}", re.IGNORECASE)


def fill(text: str, *, bot: str, user: str, original: str = "") -> str:
    """Put the names in; notes to authors go, what is not known stays as it stands."""
    text = _NOTE.sub("", text)
    text = _CHAR.sub(lambda _: bot, text)
    text = _USER.sub(lambda _: user, text)
    text = _NEWLINE.sub("\n", text)
    return re.sub(r"\{\{original\}\}", lambda _: original, text, flags=re.IGNORECASE)
