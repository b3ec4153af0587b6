"""Import lines only: the tables of accounts, for Django to find."""

from botcafe.areas.accounts.collections.access_token import AccessToken as AccessToken
from botcafe.areas.accounts.collections.account_export import AccountExport as AccountExport
from botcafe.areas.accounts.collections.audit_entry import AuditEntry as AuditEntry
from botcafe.areas.accounts.collections.erasure import Erasure as Erasure
from botcafe.areas.accounts.collections.imported_row import ImportedRow as ImportedRow
from botcafe.areas.accounts.collections.invite import Invite as Invite
from botcafe.areas.accounts.collections.media import Media as Media
from botcafe.areas.accounts.collections.passkey import Passkey as Passkey
from botcafe.areas.accounts.collections.second_factor import RecoveryCode as RecoveryCode
from botcafe.areas.accounts.collections.second_factor import SecondFactor as SecondFactor
from botcafe.areas.accounts.collections.sign_in_link import SignInLink as SignInLink
from botcafe.areas.accounts.collections.user import Preference as Preference
from botcafe.areas.accounts.collections.user import Session as Session
from botcafe.areas.accounts.collections.user import User as User
