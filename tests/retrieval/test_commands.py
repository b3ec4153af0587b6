"""``botcafe reindex``, ``doctor`` and ``embeddings check``, as an operator runs them."""

import orjson
import pytest

from botcafe.cli.main import main
from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Chunk, Waiting
from tests.people import Cast
from tests.search.test_messages import chat, messages, remembered
from tests.search.test_repair import lanterns
from tests.search.test_search import found

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was written for machines."""
    return [orjson.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def test_the_doctor_says_what_it_mended(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    lanterns(cast)
    assert main(["doctor"]) == 0
    assert "Nothing was wrong." in capsys.readouterr().out
    vector_store.delete_vectors()
    assert main(["doctor", "--json"]) == 0
    last = lines(capsys)[-1]
    assert last["mended"] == {"knowledge whose vectors and records do not match": 5}
    assert (last["embedded"], last["waiting"]) == (5, 0)


def test_a_whole_index_is_made_anew(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    lanterns(cast)
    before = set(Chunk.objects.values_list("pk", flat=True))
    assert main(["reindex", "--all", "--json"]) == 0
    steps = lines(capsys)
    assert [step["step"] for step in steps] == ["words", "chats", "vectors", "reindex"]
    assert steps[-1]["embedded"] == 5
    assert not before & set(Chunk.objects.values_list("pk", flat=True))
    assert not Waiting.objects.exists()
    assert found(cast.alice, "lantern 3 hangs in street 21")[0]["why"]["meaning"]
    assert main(["reindex"]) == 0
    assert "0 rows indexed anew, 0 embedded" in capsys.readouterr().out


def test_messages_are_made_anew_as_far_as_they_were_indexed(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[3])
    before = set(Chunk.objects.values_list("pk", flat=True))
    assert main(["reindex", "--all"]) == 0
    assert not before & set(Chunk.objects.values_list("pk", flat=True))
    assert sorted(set(Chunk.objects.values_list("source", flat=True))) == ids[:4]
    assert messages(cast.alice, "Juniper grey mare")[0] == ids[1]
    assert main(["doctor"]) == 0
    assert "Nothing was wrong." in capsys.readouterr().out


def test_the_doctor_gives_messages_their_words(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    Chunk.objects.filter(source=ids[2]).update(digest="of another context")
    assert main(["doctor", "--json"]) == 0
    assert lines(capsys)[-1]["mended"] == {"message without its words": 1}
    assert main(["doctor"]) == 0
    assert "Nothing was wrong." in capsys.readouterr().out


def test_the_embedder_is_tried(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["embeddings", "check"]) == 0
    assert "botcafe/hash, 256 dimensions" in capsys.readouterr().out
