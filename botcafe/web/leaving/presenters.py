"""How the page of the account shows the newest export."""

import datetime as dt
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat

from botcafe.cms.schema.actor import Actor
from botcafe.transfer.account_export.jobs import DONE, FAILED, latest_export
from botcafe.web.shell.presenters import parse_instant


@dataclass(frozen=True, slots=True)
class ExportRow:
    """The newest export of an account."""

    job: int
    is_ready: bool
    has_failed: bool
    files: int
    size: str
    ends_at: dt.datetime | None


def export_row(actor: Actor) -> ExportRow | None:
    """The newest export of an account; None where there is none."""
    found = latest_export(actor)
    if found is None:
        return None
    is_ready, has_failed = found.state == DONE, found.state == FAILED
    return ExportRow(
        found.job, is_ready, has_failed, found.files, filesizeformat(found.bytes), parse_instant(found.ends_at)
    )
