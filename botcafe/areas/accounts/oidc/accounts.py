"""The accounts of people who come by a sign-in service: found by their link, by a proved address, or made."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from botcafe.areas.accounts.actions import PAGE_SECONDS, SignInResult, open_session, refuse_inactive
from botcafe.areas.accounts.audit import record_admin_action
from botcafe.areas.accounts.collections.sign_in_link import SignInLink
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.claim import claim_account, make_claimed_account
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.proof import prove_presence
from botcafe.areas.accounts.credentials.ways_in import require_other_way
from botcafe.areas.accounts.jobs import send_security_notice
from botcafe.areas.accounts.oidc.tokens import ServicePerson
from botcafe.areas.accounts.second_factor.steps import require_second_factor
from botcafe.areas.accounts.starter_account import count_accounts
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Conflict, Forbidden
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import now


def sign_in_person(person: ServicePerson, device: Device) -> SignInResult:
    """Open a session for a person of the service.

    Raises Forbidden where no account is theirs, Unauthorized for one that may not come in, and SecondFactorNeeded.
    """
    user = _find_or_link(person)
    refuse_inactive(user)
    require_second_factor(user, device, None)
    SignInLink.objects.filter(issuer=person.issuer, subject=person.subject).update(last_used_at=now())
    return open_session(user, device, seconds=PAGE_SECONDS)


def _find_linked(person: ServicePerson) -> User | None:
    links = SignInLink.objects.filter(issuer=person.issuer, subject=person.subject)
    found: User | None = User.objects.filter(pk__in=links.values("user")).first()
    return found


def _find_or_link(person: ServicePerson) -> User:
    found = _find_linked(person)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            user = _account_for(person)
            _link(user.pk, person)
            _note_change(user, user.pk, "service_linked")
    except IntegrityError as error:
        # Two first visits at once: the loser takes what the winner made.
        found = _find_linked(person)
        if found is None:
            raise Conflict(gettext("Somebody else did the same at this moment. Try again.")) from error
        return found
    fresh: User = User.objects.get(pk=user.pk)
    return fresh


def _account_for(person: ServicePerson) -> User:
    """An account that a proved address gives to a person: the one that has it, or a new one. Raises Forbidden."""
    user: User | None = User.objects.select_for_update().filter(email=person.email).first() if person.email else None
    if user is None:
        return _make_account(person)
    if not person.is_email_verified:
        # Otherwise anybody could take over an account by entering its address at the service.
        raise Forbidden(gettext("An account has this address already. Sign in to it, and link it under Account."))
    if user.is_deactivated:
        raise Forbidden(gettext("This account has been deactivated. Ask those who run this café."))
    claim_account(user)
    return user


def _make_account(person: ServicePerson) -> User:
    if not settings.OIDC_ALLOW_SIGN_UP or count_accounts() == 0:
        raise Forbidden(gettext("You have no account here yet. Make one, then link it under Account."))
    if not person.is_email_verified:
        raise Forbidden(gettext("The sign-in service has not confirmed your address, which an account here needs."))
    return make_claimed_account(person.email, person.name, verified_at=now())


def link_person(actor: Actor, person: ServicePerson) -> None:
    """Let a person of the service open the actor's account. Raises Conflict where they open another's."""
    user = User.objects.get(pk=actor.id)
    found = _find_linked(person)
    if found is not None and found.pk == user.pk:
        return
    try:
        with transaction.atomic():
            _link(user.pk, person)
            _note_change(user, user.pk, "service_linked")
    except IntegrityError as error:
        raise Conflict(gettext("This sign-in opens another account here already.")) from error


def unlink_person(actor: Actor, password: object) -> None:
    """Take the actor's links away. Raises Conflict for the last way in, and what ``prove_presence`` does."""
    user = prove_presence(actor, password, may_be_fresh=True)
    with transaction.atomic():
        require_other_way(user, is_unlinking=True)
        if SignInLink.objects.filter(user=user).delete()[0]:
            _note_change(user, user.pk, "service_unlinked")


def is_linked(actor: Actor) -> bool:
    """Whether a person of the service of today opens the actor's account."""
    return bool(SignInLink.objects.filter(user=actor.id, issuer=settings.OIDC_ISSUER).exists())


def _link(user_id: int, person: ServicePerson) -> None:
    SignInLink.objects.create(user_id=user_id, issuer=person.issuer, subject=person.subject, created_at=now())


def _note_change(user: User, by: int, what: str) -> None:
    record_admin_action(by, what, "users", user.pk, {})
    enqueue(send_security_notice, email=user.email, what=what)
