"""Accounts that are to be erased, and the receipts of those that were (decision 0110)."""

from django.db import models


class Erasure(models.Model):
    """One account on its way out; once ``finished_at`` is set the row is the receipt: counts and times, no name.

    ``account`` is a number and no relation: the row outlives the account.
    """

    account = models.BigIntegerField()
    asked_at = models.TextField()
    due_at = models.TextField()
    reminded_at = models.TextField(default="")
    started_at = models.TextField(default="")
    finished_at = models.TextField(default="")
    # Where the receipt goes, and in which language; kept until it is sent.
    address = models.TextField(default="")
    language = models.TextField(default="")
    counts = models.JSONField(default=dict)

    # No collection: clients never see this table.
    is_internal = True

    class Meta:
        verbose_name = "erasure"
        indexes = (models.Index(fields=("finished_at", "due_at"), name="erasure_that_is_due"),)
        constraints = (
            models.UniqueConstraint(
                fields=("account",), condition=models.Q(finished_at=""), name="account_leaves_once"
            ),
        )

    def __str__(self) -> str:
        return f"erasure of account {self.account}"
