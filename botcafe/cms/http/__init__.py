"""The REST dialect of Payload: routing, limits and OpenAPI."""
