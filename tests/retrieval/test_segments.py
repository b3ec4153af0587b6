"""Segments hold what was put in and not taken out, however sources lie across them."""

import random
from collections import Counter

import pytest
from django.db import transaction

from botcafe.retrieval import index, segments
from botcafe.retrieval.index import ChunkText, Source
from botcafe.retrieval.models import KINDS

TENANT, SPACE, DIMS = 7, 1, 8


def source(number: int, pieces: int) -> Source:
    """A source of so many pieces, each of its own words."""
    chunks = [ChunkText(n, n + 1, f"word{number} piece{n}", f"{number} {n}") for n in range(pieces)]
    return Source(TENANT, "knowledge", number, chunks)


def vectors(draw: random.Random, pieces: int) -> list[list[float]]:
    """Vectors of any direction."""
    return [[draw.uniform(-1, 1) for _ in range(DIMS)] for _ in range(pieces)]


def held() -> Counter[int]:
    """How many vectors of which source there are."""
    _, sources = segments.sources_in(TENANT, SPACE, KINDS["knowledge"])
    return Counter(sources.tolist())


@pytest.mark.django_db
def test_a_source_across_two_segments_is_taken_out_of_both() -> None:
    """What is left of the one moves into the other, which is looked at after that."""
    draw = random.Random(1)
    with transaction.atomic():
        for number, pieces in ((1, 60), (2, 88), (3, 10)):
            index.put(source(number, pieces), vectors(draw, pieces), SPACE)
    with transaction.atomic():
        index.forget("knowledge", [1])
        assert index.forget("knowledge", [2]) == 88
    assert held() == {3: 10}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_putting_and_taking(seed: int) -> None:
    """After every step there is exactly what there should be."""
    draw, wanted = random.Random(seed), Counter[int]()
    for _ in range(60):
        number, pieces = draw.randrange(12), draw.choice((1, 3, 40, 90))
        with transaction.atomic():
            if wanted[number] and draw.random() < 0.5:
                index.forget("knowledge", [number])
                del wanted[number]
            else:
                index.put(source(number, pieces), vectors(draw, pieces), SPACE)
                wanted[number] = pieces
        assert held() == wanted
