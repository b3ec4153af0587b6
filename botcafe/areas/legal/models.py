"""Import lines only: the tables of legal, for Django to find."""

from botcafe.areas.legal.collections.consent_log import ConsentLog as ConsentLog
from botcafe.areas.legal.collections.legal_document import LegalDocument as LegalDocument
from botcafe.areas.legal.collections.user_agreement import UserAgreement as UserAgreement
