"""The whole OpenAPI 3.1 document: the collections from their declarations, and the routes beside them."""

import re
from typing import Any

from botcafe.api.schema import accounts as schema_accounts
from botcafe.api.schema import chats as schema_chats
from botcafe.api.schema import files as schema_files
from botcafe.api.schema import knowledge as schema_knowledge
from botcafe.api.schema import openai as schema_openai
from botcafe.api.schema.parts import JSON, STRING, Route, nullable, object_schema
from botcafe.cms.http import openapi as http_openapi

TAGS = {
    "chats": schema_chats.ROUTES,
    "lore and memory": schema_knowledge.ROUTES,
    "files": schema_files.ROUTES,
    "accounts": schema_accounts.ROUTES,
    "openai": schema_openai.ROUTES,
}
ACCESS = {"type": "http", "scheme": "bearer", "description": "An access token of `/api/account/tokens`"}
NAMES = re.compile(r"\{(\w+)\}")


def document() -> dict[str, Any]:
    """What is served, as one document."""
    openapi = http_openapi.collections_openapi()
    parts = openapi["components"]
    parts["securitySchemes"]["access"] = ACCESS
    parts["schemas"]["OpenAIError"] = object_schema(
        ["error"], error=object_schema(["message", "type"], message=STRING, type=STRING, code=nullable(STRING))
    )
    refused = {"schema": {"$ref": "#/components/schemas/OpenAIError"}}
    parts["responses"]["OpenAIRefused"] = {"description": "Refused, in OpenAI's shape", "content": {JSON: refused}}
    for tag, routes in TAGS.items():
        for route in routes:
            openapi["paths"].setdefault(route.path, _path(route))[route.method] = route.operation(
                tag, _error_response(tag)
            )
    return openapi


def _error_response(tag: str) -> str:
    return "OpenAIRefused" if tag == "openai" else "Refused"


def _path(route: Route) -> dict[str, Any]:
    """The path's own parameters: ids are numbers."""
    named = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1} if name == "id" else STRING,
        }
        for name in NAMES.findall(route.path)
    ]
    return {"parameters": named} if named else {}
