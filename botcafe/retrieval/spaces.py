"""Embedding spaces: which model is searched, and how a new one is built beside it and then replaces it."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from botcafe.llm.embeddings.embedders import Embedder, describe_embedder, embedder_for
from botcafe.llm.embeddings.remote import EmbedderError
from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Space, Waiting

# What has failed so often does not keep a new space from serving.
MAX_ATTEMPTS = 5
ACTIVE = ("serving", "building")


def active_spaces() -> list[Space]:
    """The spaces that new texts are embedded for: the serving one, and the one that is being built."""
    found = list(Space.objects.filter(state__in=ACTIVE).order_by("id"))
    return found or list(filter(None, (target_space(),)))


def serving_space() -> Space | None:
    """The space that is searched, or None where there is none yet."""
    return Space.objects.filter(state="serving").order_by("id").first()


def target_space() -> Space | None:
    """The space of the model that the settings name, made where it is missing; None where there is no embedder.

    The first space of an installation serves at once; a later one is built beside the one that serves.
    """
    try:
        known = describe_embedder(settings.EMBEDDINGS)
    except EmbedderError:
        return None
    found = Space.objects.filter(model_id=known.model_id, dims=known.dims).first()
    if found is not None and found.state in ACTIVE and found.spec == settings.EMBEDDINGS:
        return found
    with transaction.atomic():
        state = "building" if Space.objects.exclude(model_id=known.model_id).filter(state="serving") else "serving"
        if found is not None and found.state == "serving":
            state = "serving"
        values = {"spec": settings.EMBEDDINGS, "state": state}
        made, _ = Space.objects.update_or_create(model_id=known.model_id, dims=known.dims, defaults=values)
        stale = Space.objects.filter(state="building").exclude(pk=made.pk)
        for each in stale:
            retire_space(each)
    return made


def embedder_of(space: Space) -> Embedder:
    """What makes vectors of a space. Raises EmbedderError."""
    return embedder_for(space.spec)


def window_tokens() -> int:
    """The smallest window of the active spaces' models, which pieces have to fit into."""
    sizes = []
    for space in active_spaces():
        try:
            sizes.append(describe_embedder(space.spec).max_tokens)
        except EmbedderError:
            continue
    return min(sizes, default=512)


def promote_finished_spaces() -> list[int]:
    """Let a space that is complete serve: the ids of those that it replaced. The caller deletes what is told of them."""
    replaced = []
    for space in Space.objects.filter(state="building"):
        with transaction.atomic():
            # Sources that failed five times would otherwise keep a new model from ever taking over.
            if Waiting.objects.filter(space=space.pk, attempts__lt=MAX_ATTEMPTS).exists():
                continue
            old = list(Space.objects.select_for_update().filter(state="serving").exclude(pk=space.pk))
            Space.objects.filter(pk=space.pk).update(state="serving")
            for each in old:
                retire_space(each)
                replaced.append(each.pk)
    return replaced


def retire_space(space: Space) -> None:
    """A space that is not searched any more loses its vectors; the row stays, so that its number is not used again."""
    Space.objects.filter(pk=space.pk).update(state="retired")
    Waiting.objects.filter(space=space.pk).delete()
    vector_store.delete_vectors(space=space.pk)


def space_ids(spaces: Iterable[Space]) -> list[int]:
    """Their numbers."""
    return [space.pk for space in spaces]
