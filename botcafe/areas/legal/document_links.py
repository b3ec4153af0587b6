"""Legal texts as refusals and pages name them, and the two refusals that name them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.urls import reverse

from botcafe.areas.legal.collections.legal_document import LegalDocument
from botcafe.cms.schema.errors import Conflict, Forbidden
from botcafe.kit.json_types import JsonObject
from botcafe.kit.words import slugify_name

CONSENT_TYPES = ("terms", "privacy_policy")
"""The types of texts that people have to agree to; the others are there to be read."""
SHORT_NAMES = {"privacy_policy": "privacy"}
MAX_DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """One version of a text: enough to name it and to lead to it. ``slug`` is its type in addresses."""

    id: int
    document_type: str
    title: str
    version: str
    effective_date: str

    @property
    def slug(self) -> str:
        """Its type as it stands in the address of its page."""
        return slug_of_type(self.document_type)

    def as_json(self) -> JsonObject:
        """The document as the API names it."""
        return asdict(self)


class ConsentRequired(Forbidden):
    """The caller has not agreed to what is in force."""

    code = "consent_required"

    def __init__(self, documents: list[DocumentLink]) -> None:
        titles = " and ".join(f"{each.title} ({each.version})" for each in documents)
        address = reverse("legal:agree")
        super().__init__(
            f"Before you go on, read and agree to: {titles}. The page for it is {address}.",
            {"code": self.code, "documents": [each.as_json() for each in documents], "address": address},
        )


class StaleConsent(Conflict):
    """Somebody agrees to a version that is not, or no longer, active."""

    code = "consent_outdated"

    def __init__(self, documents: list[DocumentLink]) -> None:
        super().__init__(
            "This version is not in force. Read what is in force now, and agree to that.",
            {"code": self.code, "documents": [each.as_json() for each in documents], "address": reverse("legal:agree")},
        )


def slug_of_type(document_type: str) -> str:
    """A type of texts as it stands in addresses, such as ``privacy``."""
    return SHORT_NAMES.get(document_type) or slugify_name(document_type) or "text"


def links_of(rows: Iterable[LegalDocument]) -> list[DocumentLink]:
    """The links of some versions."""
    return [DocumentLink(r.pk, r.document_type, r.title, r.version, r.effective_date) for r in rows]


def list_active_documents() -> list[DocumentLink]:
    """What is in force: the active version of each type."""
    return links_of(LegalDocument.objects.filter(is_active=True).order_by("document_type")[:MAX_DOCUMENTS])
