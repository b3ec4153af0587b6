"""What a worker does first: go on with what one that is gone has left."""

from django_tasks import task

from botcafe.areas.knowledge.documents.jobs import resume_documents
from botcafe.areas.knowledge.index.jobs import embed
from botcafe.search.messages import embed_messages
from botcafe.search.repair import resume


@task()
def resume_all() -> None:
    """Let go of old claims, begin a new space if one is named, and make all vectors that are due."""
    resume()
    resume_documents()
    embed()
    embed_messages()
    embed()
