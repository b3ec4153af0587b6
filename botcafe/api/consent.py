"""Agreeing to what is in force over the API, and taking it back."""

from dataclasses import asdict

from botcafe.api.bodies import ConsentBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.areas.legal import consent as legal_consent
from botcafe.areas.legal.queries import list_given_consents
from botcafe.cms.schema.actor import Actor


@endpoint("GET", "POST")
def consent(call: ApiCall) -> JsonAnswer:
    """``GET`` and ``POST /api/account/consent``: what is agreed to and what is owed; agree to some, take one back."""
    if call.method == "POST":
        body = read_body(ConsentBody, call.body)
        if body.withdraw is not None:
            legal_consent.withdraw(call.actor, body.withdraw)
        if body.agreements is not None:
            legal_consent.agree(call.actor, body.agreements)
    return _state(call.actor)


def _state(actor: Actor) -> JsonAnswer:
    given = [{**each.link.as_json(), "agreed_at": each.agreed_at} for each in list_given_consents(actor)]
    return {"owed": [asdict(each) for each in legal_consent.list_owed_documents(actor)], "given": given}
