"""Row ids as people and programs send them: in bodies, forms and query strings, as numbers or as text."""

MAX_ROW_ID = 2**63 - 1
# Python refuses to read thousands of digits (an error of its own), and no database holds more than 19.
_MAX_DIGITS = 18


def parse_row_id(value: object) -> int | None:
    """The id in a value; None for what is none: words, fractions, booleans, negative or endless numbers."""
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or len(text) > _MAX_DIGITS:
        return None
    return int(text)
