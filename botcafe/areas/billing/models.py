"""Import lines only: the tables of billing, for Django to find."""

from botcafe.areas.billing.collections.subscription_payment import SubscriptionPayment as SubscriptionPayment
from botcafe.areas.billing.collections.subscription_tier import SubscriptionTier as SubscriptionTier
from botcafe.areas.billing.collections.token_gift import TokenGift as TokenGift
from botcafe.areas.billing.collections.token_ledger_entry import TokenLedgerEntry as TokenLedgerEntry
from botcafe.areas.billing.collections.token_package import TokenPackage as TokenPackage
