"""Words for the states, priorities and categories of support tickets."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CATEGORIES: "dict[str, _StrOrPromise]" = {
    "question": gettext_lazy("A question"),
    "bug": gettext_lazy("Something does not work"),
    "feature_request": gettext_lazy("Something is missing"),
    "billing": gettext_lazy("Payment"),
}
PRIORITIES: "dict[str, _StrOrPromise]" = {
    "low": gettext_lazy("low"),
    "normal": gettext_lazy("normal"),
    "high": gettext_lazy("high"),
    "urgent": gettext_lazy("urgent"),
}
STATES: "dict[str, _StrOrPromise]" = {
    "open": gettext_lazy("open"),
    "in_progress": gettext_lazy("in progress"),
    "resolved": gettext_lazy("resolved"),
    "closed": gettext_lazy("closed"),
}
