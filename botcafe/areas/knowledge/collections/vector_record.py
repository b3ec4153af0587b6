"""Vector records: one row per embedded chunk, as the old schema kept them for Cloudflare Vectorize."""

from django.db import models

from botcafe.areas.knowledge.hooks.indexing import reindex_after_record_deletion
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import Json, Number, Relation, Select, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class VectorRecord(Row):
    """Tracks vector embeddings in Cloudflare Vectorize."""

    vector_id = Text(required=True, unique=True)
    source_type = Select(required=True, db_index=True, options=("knowledge", "memory"))
    source_id = Text(required=True, db_index=True)
    user = Relation("accounts.User", wire="user_id", required=True, needs="read")
    tenant_id = Text(required=True, db_index=True, server=True)
    chunk_index = Number(required=True)
    total_chunks = Number(required=True)
    chunk_text = Textarea(required=True)
    metadata = Json(required=True)
    embedding_model = Text(required=True, default="@cf/baai/bge-m3")
    embedding_dimensions = Number(required=True, default=1024)

    class Meta:
        verbose_name = "vector record"
        indexes = (
            models.Index(fields=("user", "tenant_id"), name="vector_record_user_tenant_id"),
            models.Index(fields=("source_type", "source_id"), name="vector_record_source_type_so"),
            models.Index(fields=("user", "created_at"), name="vector_record_of_owner"),
        )


def stamp_tenant(change: Change) -> None:
    """The tenant of a record is its owner."""
    if change.verb == "create" and not change.values.get("tenant_id"):
        change.values["tenant_id"] = str(change.values.get("user_id"))


VECTOR_RECORDS = Collection(
    model=VectorRecord,
    slug="vectorRecords",
    name="Vector Record",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    before_change=(stamp_tenant,),
    # Clients may delete records over REST; ours are then made again, so that record and vector agree.
    after_delete=(reindex_after_record_deletion,),
    is_intimate=True,
)
