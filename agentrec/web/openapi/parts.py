"""Small pieces the document is put together from."""

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
    """An object with these members; others may be there in answers."""
    members = {**required, **(optional or {})}
    return {"type": "object", "properties": members, "required": list(required)}


def request(members: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """An object that a client sends: nothing else may be in it."""
    body: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {**body, "required": list(required)} if required else body


def whole(low: int, high: int, default: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    """A query parameter."""
    found: Schema = {"name": name, "in": "query", "schema": schema, "description": description}
    return {**found, "required": True} if required else found


def in_path(name: str, description: str, schema: Schema | None = None) -> Schema:
    """A parameter in the path."""
    wanted = schema or {"type": "string", "minLength": 1, "maxLength": 200}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": wanted,
        "description": description,
    }


def operation(
    name: str,
    summary: str,
    answer: Schema | None,
    *,
    parameters: tuple[Schema, ...] = (),
    body: Schema | None = None,
    media: tuple[str, ...] = (JSON,),
    status: str = "200",
    problems: tuple[str, ...] = (),
    more: dict[str, Any] | None = None,
) -> Operation:
    """One operation. ``problems``: names of responses besides those that any may have."""
    content = {kind: {"schema": answer} if answer is not None else {} for kind in media}
    named = ("400", "401", "403", "404", "503", *problems)
    found: Operation = {
        "operationId": name,
        "summary": summary,
        "responses": {
            status: {"description": summary, "content": content},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in sorted({*named})},
        },
    }
    if parameters:
        found["parameters"] = list(parameters)
    if body is not None:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
        for code in ("413", "415"):
            found["responses"][code] = {"$ref": f"#/components/responses/{code}"}
    return {**found, **(more or {})}
