"""The end of a sign-in in two steps."""

from django.utils.translation import gettext

from botcafe.areas.accounts.actions import PAGE_SECONDS, SignInResult, open_session, refuse_inactive
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.second_factor.steps import find_by_step, require_second_factor
from botcafe.cms.schema.errors import Forbidden


def finish_sign_in(step: str, code: object, device: Device) -> SignInResult:
    """Open a session by a first step that was taken, and a code.

    Raises Forbidden where the first step is too old, and Unauthorized for a wrong code.
    """
    user = find_by_step(step)
    if user is None:
        raise Forbidden(gettext("This took too long. Sign in again."))
    refuse_inactive(user)
    require_second_factor(user, device, code)
    return open_session(user, device, seconds=PAGE_SECONDS)
