"""Internal tables that no API serves: how much each person has used the café, and which of their limits are in force."""

from django.db import models


class UseState(models.Model):
    """One person's counters of the present day and week, with the limits in force, in one row that a turn reads and locks.

    The collection ``selfModeration`` holds what they wish for; this row holds what counts until a looser wish may
    (``wellbeing.cooling_off``). ``reminder_minutes`` is None where no breaks are suggested.
    """

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="+")
    limits = models.JSONField(default=dict)
    pending = models.JSONField(default=dict)
    use = models.JSONField(default=dict)
    reminder_minutes = models.IntegerField(null=True)

    is_internal = True

    class Meta:
        verbose_name = "use state"

    def __str__(self) -> str:
        return f"use of account {self.user_id}"


class UseDay(models.Model):
    """What a day that has ended came to; ``day`` is its date in the time zone of the person."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    day = models.TextField()
    messages = models.IntegerField(default=0)
    active_seconds = models.FloatField(default=0.0)
    night_seconds = models.FloatField(default=0.0)

    is_internal = True

    class Meta:
        verbose_name = "use day"
        constraints = (models.UniqueConstraint(fields=("user", "day"), name="use_day_once"),)

    def __str__(self) -> str:
        return f"use of account {self.user_id} on {self.day}"
