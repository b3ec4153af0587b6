"""What was done outside of the database is undone where its transaction fails."""

import threading

import pytest

from botcafe.kit.compensation import add_compensation, compensate_on_failure


class Disk:
    """Files that are written beside a transaction."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.removed: list[str] = []

    def write(self, name: str) -> None:
        self.files.append(name)
        add_compensation(lambda: self.remove(name))

    def remove(self, name: str) -> None:
        self.files.remove(name)
        self.removed.append(name)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def write_and_fail(disk: Disk, *names: str, error: type[BaseException] = ValueError) -> None:
    with compensate_on_failure():
        for name in names:
            disk.write(name)
        raise error


def test_what_was_written_stays_when_the_transaction_ends_well(disk: Disk) -> None:
    with compensate_on_failure():
        disk.write("a")
    assert disk.files == ["a"]


def test_what_was_written_goes_when_the_transaction_fails(disk: Disk) -> None:
    with pytest.raises(ValueError):
        write_and_fail(disk, "a", "b")
    assert disk.files == []


def test_the_newest_is_undone_first(disk: Disk) -> None:
    with pytest.raises(ValueError):
        write_and_fail(disk, "a", "b", "c")
    assert disk.removed == ["c", "b", "a"]


@pytest.mark.parametrize("error", [ValueError, KeyError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_every_kind_of_failure_undoes_and_passes_through(disk: Disk, error: type[BaseException]) -> None:
    with pytest.raises(error):
        write_and_fail(disk, "a", error=error)
    assert disk.files == []


def test_an_inner_transaction_that_ended_well_is_undone_with_the_outer_one(disk: Disk) -> None:
    with pytest.raises(ValueError), compensate_on_failure():  # noqa: PT012  (the error ends the transaction)
        disk.write("outer")
        with compensate_on_failure():
            disk.write("inner")
        assert disk.files == ["outer", "inner"]
        raise ValueError
    assert disk.removed == ["inner", "outer"]


def test_an_inner_failure_that_is_caught_undoes_the_inner_part_alone(disk: Disk) -> None:
    with compensate_on_failure():
        disk.write("outer")
        with pytest.raises(ValueError):
            write_and_fail(disk, "inner")
    assert disk.files == ["outer"]


def test_an_inner_failure_is_not_undone_twice(disk: Disk) -> None:
    with pytest.raises(KeyError), compensate_on_failure():  # noqa: PT012  (the error ends the transaction)
        with pytest.raises(ValueError):
            write_and_fail(disk, "inner")
        raise KeyError
    assert disk.removed == ["inner"]


def test_outside_of_a_transaction_nothing_is_remembered(disk: Disk) -> None:
    disk.write("before")
    with pytest.raises(ValueError):
        write_and_fail(disk, "inside")
    assert disk.files == ["before"]


def test_a_transaction_of_another_thread_is_not_undone_here(disk: Disk) -> None:
    def elsewhere() -> None:
        with compensate_on_failure():
            disk.write("elsewhere")

    with pytest.raises(ValueError), compensate_on_failure():  # noqa: PT012  (the error ends the transaction)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        raise ValueError
    assert disk.files == ["elsewhere"]


def test_two_transactions_after_each_other_know_nothing_of_each_other(disk: Disk) -> None:
    with compensate_on_failure():
        disk.write("first")
    with pytest.raises(ValueError):
        write_and_fail(disk, "second")
    assert disk.files == ["first"]
