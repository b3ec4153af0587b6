"""The region that an account says it lives in: a country of ISO 3166, for some with a part, as "DE" or "US-CA"."""

import re

from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed

_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def check_region(change: Change) -> None:
    """Write a region in capitals. A hook inside the transaction. Raises ValidationFailed for what is none."""
    given = change.values.get("region")
    if not isinstance(given, str) or not given:
        return
    region = given.strip().upper()
    if not _REGION.fullmatch(region):
        words = "Name a country by its two letters, such as DE, or a part of one, such as US-CA."
        raise ValidationFailed(change.collection.slug, [FieldProblem("region", words, "Region")])
    change.values["region"] = region
