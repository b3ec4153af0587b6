"""The year of birth that an account declares, and from when its owner counts as grown up.

A year alone leaves it open whether somebody's birthday has been: until the end of the year in which they become 18 they
count as a minor ([decision 0107](docs/decisions/0107-rules-of-the-place.md)).
"""

from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import FieldProblem, Forbidden, ValidationFailed
from botcafe.kit.instants import now

ADULT_AGE = 18
OLDEST_AGE = 120


def is_minor_at(adult_from: str, instant: str) -> bool:
    """Whether somebody is a known minor at an instant; who has declared no year is not known to be one."""
    return adult_from > instant


def _grown_up_from(birth_year: int) -> str:
    return f"{birth_year + ADULT_AGE + 1}-01-01T00:00:00.000Z"


def keep_birth_year(change: Change) -> None:
    """Check a declared year of birth, and note from when its owner is grown up. A hook inside the transaction.

    Raises ValidationFailed for a year that cannot be, and Forbidden where a known minor would make themselves older.
    """
    if "birth_year" not in change.values:
        return
    year = change.values["birth_year"]
    former = str((change.before or {}).get("adult_from") or "")
    adult_from = "" if year is None else _grown_up_from(_checked(change, year))
    if former > now() and adult_from < former and not change.actor.is_admin:
        raise Forbidden(
            "You have told us that you are under age. Only the people who run this café can change that year."
        )
    change.values["adult_from"] = adult_from


def _checked(change: Change, year: object) -> int:
    present = int(now()[:4])
    if not isinstance(year, int | float) or year != int(year) or not present - OLDEST_AGE <= year <= present:
        words = f"Give the year of your birth as four digits, from {present - OLDEST_AGE} to {present}."
        raise ValidationFailed(change.collection.slug, [FieldProblem("birth_year", words, "Birth Year")])
    return int(year)
