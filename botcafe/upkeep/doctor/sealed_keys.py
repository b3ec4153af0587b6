"""Sealed secrets: whether the master keys open each; of one under a passphrase, its outer layer."""

from botcafe.areas.keys.collections.api_key import ApiKey
from botcafe.areas.keys.sealing import ACCOUNT_PREFIX, key_ring, open_key_text
from botcafe.kit.secrets import SecretError
from botcafe.upkeep.doctor.findings import Findings
from botcafe.upkeep.query import ask_database
from botcafe.upkeep.sealed_tokens import list_unopenable

WHAT = "sealed secrets that do not open"
ADVICE = "Bring back the secret or the master keys they were sealed with; people whose keys are lost enter them anew."


def check_sealed_keys(found: Findings) -> None:
    """Nothing can be mended without the right key."""
    for row in list_unopenable(ask_database, key_ring()):
        found.add(WHAT, row, advice=ADVICE)
    rows = ApiKey.objects.filter(key__startswith=ACCOUNT_PREFIX).order_by("pk")
    for number, user, token in rows.values_list("pk", "user_id", "key").iterator():
        try:
            open_key_text(token, number, user)
        except SecretError:
            found.add(WHAT, f"keys.ApiKey {number}", advice=ADVICE)
