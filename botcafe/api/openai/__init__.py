"""The API that OpenAI's clients speak, below /v1."""
