"""Entries of the token ledger. An entry names what it is for, and the database takes each name once."""

from botcafe.areas.billing.collections.token_ledger_entry import TokenLedgerEntry


def record_model_call(
    user_id: int,
    reason: str,
    *,
    tokens: int,
    provider: str,
    model: str,
    cost_usd: float | None,
    is_estimated: bool,
    is_own_key: bool,
    kind: str = "reply",
) -> None:
    """Enter what a call to a model has used: from the person's own key, or from the house, to the provider.

    ``reason`` names what it was for, as in ``generation:12``; ``kind`` is reply, summary or embedding.

    Raises IntegrityError where this reply has been entered already.
    """
    TokenLedgerEntry.objects.create(
        user_id=user_id,
        kind=kind,
        debit="own-key" if is_own_key else "house",
        credit=provider or "nobody",
        tokens=tokens,
        cost_usd=cost_usd,
        is_estimated=is_estimated,
        provider=provider,
        model=model,
        reason=reason,
    )
