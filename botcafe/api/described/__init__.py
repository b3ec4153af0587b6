"""Routes besides the collections, as the OpenAPI document describes them: one module for each kind."""
