"""OpenAPI descriptions of the routes besides the collections."""
