"""Transactions that were stored are counted, and nothing else is."""

import threading

import pytest
from django.db import connection, transaction

from botcafe.cms.db.commits import committed_transactions
from botcafe.cms.db.prepared_statements import PreparedInsert, PreparedUpdate
from botcafe.retrieval.models import Space


class Refusal(Exception):
    """Ends a transaction without storing it."""


def store(name: str) -> None:
    Space.objects.create(model_id=name, dims=3)


def store_and_refuse() -> None:
    """A transaction that ends with what it wrote taken back."""
    with transaction.atomic():
        store("lost")
        raise Refusal


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_was_stored_is_counted_once() -> None:
    before = committed_transactions()
    for number in range(3):
        with transaction.atomic():
            store(f"model {number}")
            assert committed_transactions() == before + number
    assert committed_transactions() == before + 3
    assert Space.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_is_nested_is_stored_with_the_outermost() -> None:
    before = committed_transactions()
    with transaction.atomic():
        with transaction.atomic():
            store("inner")
        assert committed_transactions() == before
    assert committed_transactions() == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_counted() -> None:
    before = committed_transactions()
    with pytest.raises(Refusal):
        store_and_refuse()
    assert committed_transactions() == before
    assert not Space.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_inner_part_that_failed_does_not_keep_the_outer_from_counting() -> None:
    before = committed_transactions()
    with transaction.atomic():
        store("kept")
        with pytest.raises(Refusal):
            store_and_refuse()
    assert committed_transactions() == before + 1
    assert list(Space.objects.values_list("model_id", flat=True)) == ["kept"]


@pytest.mark.django_db
def test_within_the_transaction_of_another_nothing_is_stored_yet() -> None:
    before = committed_transactions()
    with transaction.atomic():
        store("model")
    assert committed_transactions() == before


@pytest.mark.django_db(transaction=True)
def test_asking_again_does_not_count_twice() -> None:
    before = [committed_transactions() for _ in range(3)]
    with transaction.atomic():
        store("model")
    assert [committed_transactions() - each for each in before] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_statement_outside_any_transaction_is_one_of_its_own() -> None:
    before = committed_transactions()
    store("alone")
    Space.objects.filter(model_id="alone").update(dims=4)
    assert committed_transactions() == before + 2
    assert list(Space.objects.values_list("dims", flat=True)) == [4]
    Space.objects.count()
    assert committed_transactions() == before + 2, "reading stores nothing"


_PREPARED = PreparedUpdate(lambda dims: (Space.objects.all(), {"dims": dims}), 1)


@pytest.mark.django_db(transaction=True)
def test_a_prepared_statement_outside_any_transaction_counts_too() -> None:
    store("alone")
    before = committed_transactions()
    PreparedInsert(Space).create(model_id="prepared", dims=3)
    _PREPARED.run(5)
    assert committed_transactions() == before + 2
    with transaction.atomic():
        _PREPARED.run(6)
        assert committed_transactions() == before + 2
    assert committed_transactions() == before + 3


@pytest.mark.django_db(transaction=True)
def test_another_thread_counts_its_own() -> None:
    with transaction.atomic():
        store("here")
    counts: list[int] = []

    def count() -> None:
        counts.append(committed_transactions())
        connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    thread.join(timeout=10)
    assert counts == [0]
