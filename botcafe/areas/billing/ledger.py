"""Write entries of the token ledger. ``reason`` is unique, so that nothing is counted twice."""

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
    """Record the tokens and cost of a model call, paid by the user's own key or by the house.

    ``reason`` identifies the call, as in ``generation:12``; ``kind`` is reply, summary or embedding. Raises
    IntegrityError where it has been recorded already.
    """
    TokenLedgerEntry.objects.create(
        user_id=user_id,
        kind=kind,
        debit="own-key" if is_own_key else "house",
        # A call that failed before a provider was chosen has none.
        credit=provider or "nobody",
        tokens=tokens,
        cost_usd=cost_usd,
        is_estimated=is_estimated,
        provider=provider,
        model=model,
        reason=reason,
    )
