"""Texts to vectors for callers of the API."""

from botcafe.cms.schema.errors import BadRequest
from botcafe.llm.embeddings.embedders import installation_embedder
from botcafe.llm.embeddings.remote import EmbedderError


def embed_texts(texts: list[str]) -> tuple[str, list[list[float]]]:
    """The model's name and a vector of length 1 for each text. Raises BadRequest where there is no embedder."""
    try:
        found = installation_embedder()
        return found.model_id, found.embed_passages(texts)
    except EmbedderError as error:
        raise BadRequest(str(error)) from error
