"""Import lines only: the tables of keys, for Django to find."""

from botcafe.areas.keys.collections.api_key import ApiKey as ApiKey
from botcafe.areas.keys.collections.internal import AccountKey as AccountKey
from botcafe.areas.keys.collections.internal import KeyCount as KeyCount
from botcafe.areas.keys.collections.internal import KeyReservation as KeyReservation
from botcafe.areas.keys.collections.internal import UnlockedKey as UnlockedKey
