"""Texts to vectors for callers of the API."""

from django.conf import settings

from botcafe.cms.schema.errors import BadRequest
from botcafe.llm.embeddings.embedders import describe_embedder, installation_embedder
from botcafe.llm.embeddings.remote import EmbedderError

# What a model reads of one text is bounded by its window; all that one request brings, by this.
MAX_CHARACTERS_READ = 64_000
CHARACTERS_PER_TOKEN = 4


def embed_texts(texts: list[str]) -> tuple[str, list[list[float]]]:
    """The model's name and a vector of length 1 for each text.

    Raises BadRequest where there is no embedder, and for more than one request may bring.
    """
    try:
        window = describe_embedder(settings.EMBEDDINGS).max_tokens * CHARACTERS_PER_TOKEN
        if sum(min(len(text), window) for text in texts) > MAX_CHARACTERS_READ:
            raise BadRequest(f"input: at most {MAX_CHARACTERS_READ:,} characters at once. Send the texts in parts.")
        found = installation_embedder()
        return found.model_id, found.embed_passages(texts)
    except EmbedderError as error:
        raise BadRequest(str(error)) from error
