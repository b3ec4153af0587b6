"""Waiting for the index: until everything of a person's that is to be embedded is embedded."""

from django.conf import settings

from botcafe.areas.knowledge.index.jobs import embed_waiting
from botcafe.cms.schema.actor import Actor
from botcafe.kit.lanes import pause_request, seconds_since_arrival
from botcafe.retrieval import embedding_queue
from botcafe.retrieval.models import NAMES
from botcafe.search.messages import embed_messages

MAX_WAIT_SECONDS = 120
STEP_SECONDS, MAX_STEP_SECONDS = 0.1, 1.0


def wait_until_indexed(actor: Actor, seconds: float) -> dict[str, object]:
    """Wait: ``{indexed, waiting, failed}``. Where jobs run where they are asked for, the work is done here.

    In the server the request gives its thread back while it waits, and comes here again.
    """
    user = int(actor.id or 0)
    longest = min(max(seconds, 0.0), MAX_WAIT_SECONDS)
    waited = seconds_since_arrival()
    if settings.JOBS != "database":
        embed_waiting(user)
        embed_messages(user)
    while (left := embedding_queue.count_waiting(user)) and waited < longest:
        # The longer it has taken, the longer it may take still.
        step = min(max(waited / 10, STEP_SECONDS), MAX_STEP_SECONDS, longest - waited)
        waited += step
        pause_request(step)
    failed = [
        {"source_type": NAMES[kind], "source_id": source, "reason": reason}
        for kind, source, reason in embedding_queue.list_failures(user)
    ]
    return {"indexed": not left and not failed, "waiting": left, "failed": failed}
