"""Address and browser of an agreement are forgotten after the days of the setting; the agreement itself stays."""

import datetime as dt
from typing import Any

from botcafe.areas.legal.collections.user_agreement import UserAgreement
from botcafe.areas.legal.consent import sweep_consent_details
from tests.areas.legal.texts import publish
from tests.people import Cast


def test_address_and_browser_are_forgotten_and_the_rest_stays(cast: Cast, settings: Any) -> None:
    terms = publish(cast, "1")
    for person in (cast.alice, cast.bob):
        person.ask("POST", "/api/account/consent", {"agreements": [terms]}, HTTP_USER_AGENT="Cup/1")
    old = (dt.datetime.now(dt.UTC) - dt.timedelta(days=91)).isoformat(timespec="milliseconds")[:23] + "Z"
    UserAgreement.objects.filter(user=cast.alice.id).update(agreed_at=old)
    assert sweep_consent_details() == 1
    rows = UserAgreement.objects.order_by("user_id").values_list("user_id", "ip_address", "user_agent", "agreed_at")
    assert rows[0] == (cast.alice.id, None, None, old)
    assert rows[1][:3] == (cast.bob.id, "127.0.0.1", "Cup/1")
    assert sweep_consent_details() == 0
    settings.CONSENT_DETAILS_DAYS = 0
    assert sweep_consent_details() == 1
