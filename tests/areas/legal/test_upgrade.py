"""Cafés of before: several active versions and agreements become one of each, and unread starter texts become drafts."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps

from botcafe.areas.legal.collections.legal_document import LegalDocument
from botcafe.kit.instants import now
from botcafe.kit.richtext import from_markdown

PAST = "2026-01-01T00:00:00.000Z"
MIGRATION = importlib.import_module("botcafe.areas.legal.migrations.0002_versions_and_agreements")


def old_row(number: str, words: str, is_active: bool | None) -> None:
    """A version as it lay there before there were drafts."""
    LegalDocument.objects.create(
        title="Terms",
        document_type="terms",
        content=from_markdown(words),
        version=number,
        effective_date=PAST,
        is_active=is_active,
        created_at=PAST,
        updated_at=now(),
    )


@pytest.mark.django_db
def test_the_newest_version_stays_and_unread_texts_become_drafts() -> None:
    old_row("1", "Be kind.", None)
    old_row("2", "Be gentle.", None)
    old_row("3", "**Draft.** This text came with the software.", None)
    old_row("4", "Never published.", False)
    MIGRATION.keep_one_of_each_type(apps, SimpleNamespace())
    found = LegalDocument.objects.order_by("pk").values_list("is_active", "activated_at")
    assert [bool(active) for active, _ in found] == [False, True, False, False]
    assert [since is not None for _, since in found] == [True, True, False, False]
