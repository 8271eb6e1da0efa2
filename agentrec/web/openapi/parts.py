"""Helpers for writing the document."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
Operation = dict[str, Any]
Operations = dict[tuple[str, str], Operation]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}
SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": 1_000_000_000}
SEQ: Schema = {"type": "integer", "minimum": 0, "maximum": (1 << 53) - 1}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200}

JSON = "application/json"
BYTES = "application/octet-stream"


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """``schema`` or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these members, and maybe others."""
    members = {**required, **(optional or {})}
    return {"type": "object", "properties": members, "required": list(required)}


def body_object(members: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """The object in a request; it may not have other members."""
    body: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {**body, "required": list(required)} if required else body


def whole(low: int, high: int, default: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    """A query parameter."""
    parameter: Schema = {
        "name": name,
        "in": "query",
        "schema": schema,
        "description": description,
    }
    return {**parameter, "required": True} if required else parameter


def in_path(name: str, description: str, schema: Schema | None = None) -> Schema:
    """A parameter in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema or NAME,
        "description": description,
    }


def operation(
    name: str,
    summary: str,
    result: Schema | None,
    *,
    parameters: tuple[Schema, ...] = (),
    body: Schema | None = None,
    media: tuple[str, ...] = (JSON,),
    status: str = "200",
    problems: tuple[str, ...] = (),
    more: Schema | None = None,
) -> Operation:
    """An operation. ``problems`` are status codes besides those that any operation may have."""
    content = {kind: {"schema": result} if result is not None else {} for kind in media}
    codes = ("400", "401", "403", "404", "503", *problems)
    data: Operation = {
        "operationId": name,
        "summary": summary,
        "responses": {
            status: {"description": summary, "content": content},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in sorted({*codes})},
        },
    }
    if parameters:
        data["parameters"] = list(parameters)
    if body is not None:
        data["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
        for code in ("413", "415"):
            data["responses"][code] = {"$ref": f"#/components/responses/{code}"}
    return {**data, **(more or {})}
