"""What the server writes of an agreement: when, from where, and the entry in the log of consents."""

from botcafe.areas.legal.collections.consent_log import ConsentLog
from botcafe.areas.legal.collections.legal_document import LegalDocument
from botcafe.areas.legal.document_links import StaleConsent, list_active_documents
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, Forbidden
from botcafe.kit.client_address import present_client
from botcafe.kit.instants import now

GIVEN, WITHDRAWN = "given", "withdrawn"


def stamp_agreement(change: Change) -> None:
    """Stamp a new agreement with time, address and agent.

    Raises Forbidden for an agreement in somebody else's name, StaleConsent for a version that is not active, and Conflict for one
    that is agreed to already.
    """
    if change.verb != "create":
        return
    is_system = change.actor.kind == "system"
    if not is_system and change.values.get("user_id") != change.actor.id:
        raise Forbidden("Nobody can agree for somebody else.")
    document = change.values["legal_document_id"]
    if not LegalDocument.objects.filter(pk=document, is_active=True).exists():
        raise StaleConsent(list_active_documents())
    mine = change.collection.model.objects.filter(user=change.values["user_id"], legal_document=document)
    if mine.filter(withdrawn_at__isnull=True).exists():
        raise Conflict("You have agreed to this version already.")
    client = present_client()
    change.values["agreed_at"] = now()
    change.values["ip_address"] = None if is_system else client.address or None
    change.values["user_agent"] = None if is_system else client.agent or None


def log_agreement(change: Change) -> None:
    """Write the entry of a new agreement into the log of consents."""
    if change.verb == "create":
        log_consent(change.values["user_id"], LegalDocument.objects.get(pk=change.values["legal_document_id"]), GIVEN)


def log_consent(user_id: int, document: LegalDocument, decision: str) -> None:
    """Write that somebody has given or withdrawn their consent to a version."""
    details = {"legal_document": document.pk, "version": document.version}
    ConsentLog.objects.create(
        user_id=user_id, purpose=document.document_type, decision=decision, at=now(), details=details
    )
