"""``botcafe reindex`` and ``botcafe embeddings``: the index of lore, memories and messages."""

import argparse
import time
from collections.abc import Callable

import django

from botcafe.cli.output import print_failure, report_step
from botcafe.kit.words import counted


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of the two verbs."""
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")
    if verb == "reindex":
        parser.add_argument("--all", action="store_true", help="Throw the index away first, and make all of it anew.")
    if verb == "embeddings":
        parser.add_argument("act", choices=("check",), help="Try the embedder that BOTCAFE_EMBEDDINGS names.")


def run_command(options: argparse.Namespace) -> int:
    """Run one of them; 1 where something is still wrong."""
    django.setup()
    from botcafe.cms.db.migrations import is_current

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "reindex": run_reindex,
        "embeddings": check_embedder,
    }
    return verbs[options.verb](options)


def run_reindex(options: argparse.Namespace) -> int:
    """Bring all words and vectors up to date. What is done is done: stopped, it goes on where it was."""
    from botcafe.cli.progress import ProgressSteps
    from botcafe.search import repair

    began = time.monotonic()
    if options.all:
        repair.clear_lore_index()
    repair.resume_embedding()
    found = repair.RepairReport()
    with ProgressSteps(repair.count_rows(), as_json=options.json) as steps:
        with steps.step("words") as advance:
            repair.check_rows(found, advance)
        with steps.step("chats"):
            repair.check_chats(found, anew=options.all)
            repair.index_chats(lambda count: None)
        steps.grow(repair.count_waiting())
        with steps.step("vectors") as advance:
            done, failed, reason = repair.embed_all(advance)
    seconds = time.monotonic() - began
    words = f"{counted(sum(found.counts.values()), 'row')} indexed anew, {done} embedded, in {seconds:.1f} s."
    report_step(
        options.json, words, step="reindex", rows=found.counts, embedded=done, failed=failed, seconds=round(seconds, 2)
    )
    return print_failure(f"{failed} could not be embedded: {reason} They are tried again later.") if failed else 0


def check_embedder(options: argparse.Namespace) -> int:
    """Embed two sentences that mean the same and one that does not, and tell what came of it."""
    from django.conf import settings

    from botcafe.llm.embeddings.embedders import installation_embedder
    from botcafe.llm.embeddings.remote import EmbedderError

    texts = [
        "The cat sleeps on the warm stove.",
        "A kitten naps by the heater.",
        "Quarterly tax forms are due on Monday.",
    ]
    began = time.perf_counter()
    try:
        model = installation_embedder()
        loaded = time.perf_counter()
        first, second, other = model.embed_passages(texts)
        query = model.embed_queries(["Where does the cat sleep?"])[0]
    except EmbedderError as error:
        return print_failure(str(error))
    took = (time.perf_counter() - loaded) * 1000
    near = sum(a * b for a, b in zip(first, second, strict=True))
    far = sum(a * b for a, b in zip(first, other, strict=True))
    asked = sum(a * b for a, b in zip(query, first, strict=True))
    text = (
        f"{model.model_id}, {model.dims} dimensions, {model.max_tokens} tokens: works. Loaded in {(loaded - began) * 1000:.0f} ms, "
        f"four texts in {took:.0f} ms. Alike {near:.2f}, unlike {far:.2f}, question to answer {asked:.2f}."
    )
    facts = {"model": model.model_id, "dims": model.dims, "alike": round(near, 4), "unlike": round(far, 4)}
    report_step(options.json, text, step="embeddings", ok=True, ms=round(took, 1), **facts)
    if settings.EMBEDDINGS != "hash" and near <= far:
        return print_failure("what means the same is not nearer than what does not: this is no model of meaning.")
    return 0
