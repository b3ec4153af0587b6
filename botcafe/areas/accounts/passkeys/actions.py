"""Add, rename and remove passkeys, and sign in with one."""

import base64
import os
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from botcafe.areas.accounts.actions import PAGE_SECONDS, SignInResult, open_session, refuse_inactive
from botcafe.areas.accounts.audit import record_admin_action
from botcafe.areas.accounts.collections.passkey import Passkey
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.proof import prove_presence
from botcafe.areas.accounts.credentials.ways_in import require_other_way
from botcafe.areas.accounts.jobs import send_security_notice
from botcafe.areas.accounts.passkeys.ceremony import MAX_ANSWER_BYTES, new_challenge, require_site, take_challenge
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, NotFound
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import now

MAX_PASSKEYS, MAX_NAME = 20, 100


@dataclass(frozen=True, slots=True)
class PasskeyDetails:
    """A passkey in a list; instants as text."""

    id: int
    name: str
    created_at: str
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser asks its devices for, as JSON, and what it keeps in a cookie until one has answered."""

    options: str
    kept: str


def list_passkeys(actor: Actor) -> list[PasskeyDetails]:
    """The actor's passkeys, oldest first."""
    rows = Passkey.objects.filter(user=actor.id).order_by("pk")
    return [PasskeyDetails(each.pk, each.name, each.created_at, each.last_used_at) for each in rows]


def begin_adding(actor: Actor, password: object) -> Ceremony:
    """Ask for a new passkey. Raises what ``prove_presence`` does, BadRequest where there can be none, and Conflict."""
    from botcafe.areas.accounts.passkeys import protocol

    site, _ = require_site()
    user = prove_presence(actor, password, may_be_fresh=True)
    mine = list(Passkey.objects.filter(user=user)[:MAX_PASSKEYS])
    _require_room(actor)
    handle = mine[0].handle if mine else base64.urlsafe_b64encode(os.urandom(33)).decode()
    challenge, kept = new_challenge("add", str(actor.session_id), handle)
    known, name = [each.credential for each in mine], user.name or user.email
    options = protocol.registration_options(site, challenge, email=user.email, name=name, handle=handle, known=known)
    return Ceremony(options, kept)


def finish_adding(actor: Actor, kept: str, answer: bytes, name: str) -> None:
    """Keep the passkey that a device has made. Raises BadRequest, and Conflict for one that is known."""
    from botcafe.areas.accounts.passkeys import protocol

    site, origin = require_site()
    text, label = _read_answer(answer), _read_name(name)
    challenge, handle = take_challenge(kept, "add", str(actor.session_id))
    try:
        made = protocol.read_new_key(text, protocol.Challenge(challenge, site, origin))
    except protocol.BadAnswerError as error:
        raise BadRequest(gettext("This passkey cannot be taken. Try again, or use another device.")) from error
    _require_room(actor)
    key = {"credential": made.credential, "public_key": made.public_key, "sign_count": made.sign_count}
    try:
        with transaction.atomic():
            Passkey.objects.create(user_id=int(actor.id or 0), name=label, handle=handle, created_at=now(), **key)
            _note_change(actor, "passkey_added")
    except IntegrityError as error:
        raise Conflict(gettext("This passkey is here already.")) from error


def rename_passkey(actor: Actor, passkey_id: int, password: object, name: str) -> None:
    """Give a passkey of the actor another name. Raises NotFound, and what ``prove_presence`` does."""
    mine = _own(actor, passkey_id)
    prove_presence(actor, password, may_be_fresh=True)
    Passkey.objects.filter(pk=mine.pk).update(name=_read_name(name))


def remove_passkey(actor: Actor, passkey_id: int, password: object) -> None:
    """Remove a passkey of the actor. Raises NotFound, Conflict for the last way in, and what ``prove_presence`` does."""
    mine = _own(actor, passkey_id)
    user = prove_presence(actor, password, may_be_fresh=True)
    with transaction.atomic():
        require_other_way(user, passkey=mine.pk)
        mine.delete()
        _note_change(actor, "passkey_removed")


def begin_signing_in() -> Ceremony:
    """Ask for any passkey of this café. Raises BadRequest where there can be none."""
    from botcafe.areas.accounts.passkeys import protocol

    site, _ = require_site()
    challenge, kept = new_challenge("sign-in", "")
    return Ceremony(protocol.sign_in_options(site, challenge), kept)


def finish_signing_in(kept: str, answer: bytes, device: Device) -> SignInResult:
    """Open a session by a passkey; it counts as both steps, since its device has asked for a finger, a face or a PIN.

    Raises BadRequest for an answer that does not hold, and Unauthorized for an account that may not come in.
    """
    from botcafe.areas.accounts.passkeys import protocol

    site, origin = require_site()
    text = _read_answer(answer)
    challenge, _ = take_challenge(kept, "sign-in", "")
    wrong = BadRequest(gettext("This passkey does not open an account here."))
    try:
        credential, handle = protocol.read_credential(text)
        passkey = Passkey.objects.filter(credential=credential, handle=handle).select_related("user").first()
        if passkey is None:
            raise wrong
        key = protocol.NewKey(passkey.credential, passkey.public_key, passkey.sign_count)
        count = protocol.check_answer(text, protocol.Challenge(challenge, site, origin), key)
    except protocol.BadAnswerError as error:
        raise wrong from error
    refuse_inactive(passkey.user)
    # Of two answers with one count, as a copied key gives them, one is taken.
    same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if not same.update(sign_count=count, last_used_at=now()):
        raise wrong
    return open_session(passkey.user, device, seconds=PAGE_SECONDS)


def _require_room(actor: Actor) -> None:
    if Passkey.objects.filter(user=actor.id).count() >= MAX_PASSKEYS:
        raise Conflict(gettext("You have {most} passkeys already. Remove one first.").format(most=MAX_PASSKEYS))


def _own(actor: Actor, passkey_id: int) -> Passkey:
    found: Passkey | None = Passkey.objects.filter(pk=passkey_id, user=actor.id).first()
    if found is None:
        raise NotFound
    return found


def _read_answer(answer: bytes) -> str:
    if len(answer) > MAX_ANSWER_BYTES:
        raise BadRequest(gettext("This answer of a device is too long."))
    return answer.decode("utf8", "replace")


def _read_name(given: str) -> str:
    name = given.strip()
    if not name or len(name) > MAX_NAME or "\x00" in name:
        raise BadRequest(gettext("Give the passkey a name of 1 to {most} characters.").format(most=MAX_NAME))
    return name


def _note_change(actor: Actor, what: str) -> None:
    record_admin_action(actor.id, what, "users", actor.id, {})
    enqueue(send_security_notice, email=User.objects.values_list("email", flat=True).get(pk=actor.id), what=what)
