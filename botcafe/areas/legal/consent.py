"""Who has agreed to what is in force, and who has to (decision 0109)."""

import time

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, Value

from botcafe.areas.legal.agreeing import WITHDRAWN, log_consent
from botcafe.areas.legal.collections.legal_document import LegalDocument
from botcafe.areas.legal.collections.user_agreement import USER_AGREEMENTS, UserAgreement
from botcafe.areas.legal.document_links import (
    CONSENT_TYPES,
    ConsentRequired,
    DocumentLink,
    StaleConsent,
    links_of,
    list_active_documents,
)
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.ids import parse_row_id
from botcafe.kit.instants import from_epoch, now

AGREEMENTS_FIELD = "agreements"
"""The field of a sign-up: the ids of the versions that the person agrees to."""
MAX_AGREEMENTS = 20
DAY_SECONDS = 86400
SWEEP_BATCH_ROWS = 1000
DEPTH_ZERO = Query({"depth": "0"})
_OWED = (
    'EXISTS (SELECT 1 FROM "{documents}" d WHERE d.is_active AND d.document_type IN ({types}) AND NOT EXISTS '
    '(SELECT 1 FROM "{agreements}" a WHERE a.user_id = u.id AND a.legal_document_id = d.id AND a.withdrawn_at IS NULL))'
)


def owes_consent_sql() -> str:
    """The condition that the account ``u`` of a statement has not agreed to something that is in force."""
    if not settings.CONSENT:
        return "(1 = 0)"
    types = ", ".join(f"'{each}'" for each in CONSENT_TYPES)
    tables = {"documents": LegalDocument._meta.db_table, "agreements": UserAgreement._meta.db_table}
    return _OWED.format(types=types, **tables)


def owes_consent(user: str = "pk") -> Exists | Value:
    """The same condition for a query of the ORM; ``user`` is its path to the account."""
    if not settings.CONSENT:
        return Value(False, output_field=BooleanField())
    agreed = UserAgreement.objects.filter(
        user=OuterRef(OuterRef(user)), legal_document=OuterRef("pk"), withdrawn_at__isnull=True
    )
    return Exists(LegalDocument.objects.filter(~Exists(agreed), is_active=True, document_type__in=CONSENT_TYPES))


def list_owed_documents(actor: Actor) -> list[DocumentLink]:
    """What is in force and asks for consent, and the actor has not agreed to."""
    if not settings.CONSENT:
        return []
    agreed = UserAgreement.objects.filter(user=actor.id, withdrawn_at__isnull=True).values("legal_document")
    rows = LegalDocument.objects.filter(is_active=True, document_type__in=CONSENT_TYPES).exclude(pk__in=agreed)
    return links_of(rows.order_by("-document_type"))


def refuse_without_consent(actor: Actor) -> None:
    """Raises ConsentRequired for somebody who has not agreed to what is in force."""
    if actor.owes_consent and (owed := list_owed_documents(actor)):
        raise ConsentRequired(owed)


def documents_for_sign_up() -> list[DocumentLink]:
    """What a new account has to agree to."""
    return [each for each in list_active_documents() if each.document_type in CONSENT_TYPES] if settings.CONSENT else []


def require_agreements(change: Change) -> None:
    """A hook of new accounts: whoever makes their own agrees to what is in force.

    Raises ConsentRequired where that is missing, and StaleConsent for a version that is not active. Whoever is given an account by an
    admin agrees at the first sign-in.
    """
    if change.verb != "create" or change.actor.is_admin:
        return
    given = read_agreements(change.given.get(AGREEMENTS_FIELD))
    _refuse_stale(given)
    wanted = documents_for_sign_up()
    if any(each.id not in given for each in wanted):
        raise ConsentRequired(wanted)


def record_agreements(change: Change) -> None:
    """A hook of new accounts: write down what their owner has agreed to, in the same transaction."""
    given = change.given.get(AGREEMENTS_FIELD)
    if change.verb == "create" and not change.actor.is_admin and given:
        agree(Actor("user", change.row_id), given)


def read_agreements(given: object) -> list[int]:
    """The ids of a list of agreements; numbers may be texts, as forms send them. Raises BadRequest."""
    if given in (None, ""):
        return []
    listed = given if isinstance(given, list) and len(given) <= MAX_AGREEMENTS else None
    ids = [0 if isinstance(each, bool) else parse_row_id(each) or 0 for each in listed or []]
    if listed is None or 0 in ids:
        raise BadRequest(
            f"{AGREEMENTS_FIELD} must be a list of the numbers of at most {MAX_AGREEMENTS} legal documents, such as [1, 2]."
        )
    return list(dict.fromkeys(ids))


def agree(actor: Actor, given: object) -> None:
    """Agree to versions by their ids, in one transaction. Raises BadRequest, and StaleConsent where one is not active."""
    ids = read_agreements(given)
    if not ids:
        raise BadRequest(f"{AGREEMENTS_FIELD}: name at least one legal document.")
    with transaction.atomic():
        _refuse_stale(ids)
        mine = UserAgreement.objects.filter(user=actor.id, legal_document__in=ids, withdrawn_at__isnull=True)
        agreed = set(mine.values_list("legal_document", flat=True))
        for number in ids:
            if number not in agreed:
                write_operations.create_document(USER_AGREEMENTS, actor, {"legal_document": number}, DEPTH_ZERO)


def _refuse_stale(ids: list[int]) -> None:
    if ids and LegalDocument.objects.filter(pk__in=ids, is_active=True).count() != len(ids):
        raise StaleConsent(list_active_documents())


def withdraw(actor: Actor, document_id: int) -> None:
    """Take an agreement back: from then on it is as if it had not been given. Raises NotFound."""
    with transaction.atomic():
        mine = UserAgreement.objects.filter(user=actor.id, legal_document=document_id, withdrawn_at__isnull=True)
        if not mine.update(withdrawn_at=now(), updated_at=now()):
            raise NotFound("You have not agreed to this version.")
        log_consent(int(actor.id or 0), LegalDocument.objects.get(pk=document_id), WITHDRAWN)


def sweep_consent_details() -> int:
    """Forget address and agent of agreements that are older than the setting says; returns of how many."""
    until = from_epoch(time.time() - settings.CONSENT_DETAILS_DAYS * DAY_SECONDS)
    known = Q(ip_address__isnull=False) | Q(user_agent__isnull=False)
    old = UserAgreement.objects.filter(known, agreed_at__lt=until).order_by("pk")[:SWEEP_BATCH_ROWS]
    ids = list(old.values_list("pk", flat=True))
    return UserAgreement.objects.filter(pk__in=ids).update(ip_address=None, user_agent=None) if ids else 0
