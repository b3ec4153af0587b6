"""The tables of the index: embedding spaces, packed vectors, chunks, and postings of the word index.

Every table but the spaces is keyed by tenant (the owner), so a search never reads rows of another one. A *kind* is the
kind of row that a chunk comes from (``KINDS``), a *source* the id of that row.
"""

from django.db import models

# Kinds of sources, as the tables write them.
KINDS = {"knowledge": 1, "memory": 2, "message": 3}
NAMES = {number: name for name, number in KINDS.items()}
# How many vectors a segment holds: more fall out of the processor's cache while they are compared, fewer cost rows.
SEGMENT_VECTORS = 128


class Space(models.Model):
    """An embedding model with its dimensions; vectors of different spaces are never compared.

    ``spec`` is the setting that makes its embedder. One space is ``serving``; a new model's is ``building`` beside it until
    everything is in it, and the old one is ``retired`` then, and goes.
    """

    id = models.BigAutoField(primary_key=True)
    model_id = models.TextField()
    dims = models.IntegerField()
    spec = models.TextField(default="")
    state = models.TextField(default="building")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("model_id", "dims"), name="one_space_of_a_model"),)

    def __str__(self) -> str:
        return f"{self.model_id} ({self.dims}, {self.state})"


class Segment(models.Model):
    """Up to 128 vectors of one tenant, kind and space: int8, with what makes each of length 1 again."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    space = models.BigIntegerField()
    kind = models.SmallIntegerField()
    n = models.SmallIntegerField()
    ids = models.BinaryField()
    src = models.BinaryField()
    inv = models.BinaryField()
    v = models.BinaryField()

    class Meta:
        db_table = "retrieval_vec_seg"
        indexes = (models.Index(fields=("tenant_id", "space", "kind", "n"), name="vec_seg_of_tenant"),)

    def __str__(self) -> str:
        return f"{self.n} vectors of tenant {self.tenant_id}"


class Chunk(models.Model):
    """A piece of a source: where it stands in the source's text, and which words it is found by (``terms``: int32).

    ``digest`` is of all that the vectors of the source are made of; ``scope`` is what the source belongs to (a chat, a
    collection, a bot).
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    source = models.BigIntegerField()
    number = models.IntegerField()
    scope = models.BigIntegerField(default=0)
    starts = models.IntegerField()
    ends = models.IntegerField()
    length = models.IntegerField()
    digest = models.TextField()
    terms = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "source", "number"), name="one_chunk_of_a_number"),)
        indexes = (models.Index(fields=("tenant_id", "kind", "scope"), name="chunk_of_tenant"),)

    def __str__(self) -> str:
        return f"{NAMES.get(self.kind)} {self.source}, piece {self.number}"


class Posting(models.Model):
    """Chunks of a tenant in which a word stands: packed records (see ``postings``), block 0 open, others full.

    A full block is named by the first id in it.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kind", "term", "block")
    tenant_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    term = models.IntegerField()
    block = models.BigIntegerField()
    last = models.BigIntegerField()
    n = models.IntegerField()
    entries = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.n} chunks of tenant {self.tenant_id}"


class Tally(models.Model):
    """The number of a tenant's chunks of a kind and their total length, for BM25.

    ``revision`` moves with every write of the tenant's index.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kind")
    tenant_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    chunks = models.BigIntegerField(default=0)
    length = models.BigIntegerField(default=0)
    revision = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chunks} chunks of tenant {self.tenant_id}"


class Waiting(models.Model):
    """A source whose vectors are still to be made in a space; ``next_try`` and ``since`` are seconds since 1970.

    ``digest`` is of the text that was asked for. A failure is counted, told in ``last_error`` and tried again later.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    source = models.BigIntegerField()
    space = models.BigIntegerField()
    digest = models.TextField()
    attempts = models.IntegerField(default=0)
    since = models.FloatField()
    next_try = models.FloatField(default=0)
    last_error = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "source", "space"), name="a_source_waits_once"),)
        indexes = (
            models.Index(fields=("kind", "next_try"), name="waiting_due"),
            models.Index(fields=("tenant_id", "next_try"), name="waiting_of_tenant"),
        )

    def __str__(self) -> str:
        return f"{NAMES.get(self.kind)} {self.source} waits"
