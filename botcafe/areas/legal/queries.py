"""Legal texts for the pages: what is in force, what was, and what a person has agreed to."""

from dataclasses import dataclass, replace

from botcafe.areas.legal.collections.legal_document import LEGAL_DOCUMENTS, LegalDocument
from botcafe.areas.legal.collections.user_agreement import USER_AGREEMENTS, UserAgreement
from botcafe.areas.legal.consent import list_owed_documents
from botcafe.areas.legal.document_links import DocumentLink, links_of, list_active_documents, slug_of_type
from botcafe.cms.revisions import diff_words
from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.richtext import plain_text, to_markdown

MAX_EARLIER = 50
# Characters that are shown on both sides of a change.
CONTEXT = 200


@dataclass(frozen=True, slots=True)
class LegalText:
    """A version with its words as Markdown, and the other versions of its type that are or were in force."""

    link: DocumentLink
    markdown: str
    is_active: bool
    activated_at: str
    others: tuple[DocumentLink, ...] = ()


@dataclass(frozen=True, slots=True)
class OwedText:
    """A version to agree to; ``former`` is the one that the person agreed to last, ``pieces`` what has changed since."""

    text: LegalText
    former: DocumentLink | None
    pieces: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A version that the person has agreed to, and when."""

    link: DocumentLink
    agreed_at: str


def _text_of(row: LegalDocument) -> LegalText:
    return LegalText(links_of([row])[0], to_markdown(row.content), bool(row.is_active), row.activated_at or "")


def legal_text_for(slug: str, number: int | None = None) -> LegalText:
    """The version of a type that is in force, or one by its number that is or was. Raises NotFound; drafts are not found."""
    active = [row for row in LEGAL_DOCUMENTS.visible_to(ANONYMOUS) if slug_of_type(row.document_type) == slug]
    # What was in force once stays public here, although the collection lists what is in force alone.
    known = LegalDocument.objects.filter(activated_at__isnull=False).order_by("-activated_at", "-id")
    if number is not None:
        active = [row for row in known.filter(pk=number) if slug_of_type(row.document_type) == slug]
    if not active:
        raise NotFound
    row = active[0]
    others = known.filter(document_type=row.document_type).exclude(pk=row.pk).defer("content")[:MAX_EARLIER]
    return replace(_text_of(row), others=tuple(links_of(others)))


def owed_texts(actor: Actor) -> list[OwedText]:
    """What the actor has to agree to, each beside the version that they agreed to last."""
    found = []
    for link in list_owed_documents(actor):
        row = LegalDocument.objects.get(pk=link.id)
        text = _text_of(row)
        last = UserAgreement.objects.filter(user=actor.id, legal_document__document_type=link.document_type)
        agreed = last.exclude(legal_document=link.id).select_related("legal_document").order_by("-id").first()
        former = agreed.legal_document if agreed else None
        pieces = _changes(former, row) if former else []
        found.append(OwedText(text, links_of([former])[0] if former else None, pieces))
    return found


def _changes(former: LegalDocument, row: LegalDocument) -> list[tuple[str, str]]:
    """The difference of two versions, with what stayed the same cut to the words around a change."""
    pieces = diff_words(plain_text(former.content), plain_text(row.content))
    return [(kind, text if kind or len(text) <= 3 * CONTEXT else _cut(text)) for kind, text in pieces]


def _cut(same: str) -> str:
    return f"{same[:CONTEXT]} … {same[-CONTEXT:]}"


def list_given_consents(actor: Actor) -> list[GivenConsent]:
    """What the actor has agreed to and not taken back, newest first."""
    mine = USER_AGREEMENTS.visible_to(actor).filter(user=actor.id, withdrawn_at__isnull=True)
    rows = mine.select_related("legal_document").order_by("-id")[:MAX_EARLIER]
    return [GivenConsent(links_of([row.legal_document])[0], row.agreed_at) for row in rows]


def list_texts_in_force() -> list[DocumentLink]:
    """The active version of each type."""
    return list_active_documents()
