"""What a function is called, and how many parameters it has, in any of the languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from agentrec.guard.code.source_language import SourceLanguage

_NAMES = frozenset({"identifier", "simple_identifier", "word", "field_identifier"})
# What a function without a name of its own is the value of, and the field with the name.
_NAMED_BY = {
    "variable_declarator": "name",
    "pair": "key",
    "field_definition": "property",
    "public_field_definition": "name",
    "assignment_expression": "left",
}
_MAX_DEPTH = 8  # of pointers to functions and the like, in C
_NOT_PARAMETERS = frozenset(
    {"keyword_separator", "positional_separator", "comment", "line_comment"}
)


def name_of(node: SgNode, parent: SgNode | None) -> str:
    """The name of a function; empty if it has none."""
    own = node.field("name")
    if own is not None:
        return own.text()
    if (declarator := node.field("declarator")) is not None:
        return _declared(declarator)
    if parent is not None and parent.kind() in _NAMED_BY:
        named = parent.field(_NAMED_BY[parent.kind()])
        return named.text() if named is not None else ""
    first = (child for child in node.children() if child.kind() in _NAMES)
    if node.field("body") is not None and node.field("parameters") is not None:
        return ""  # an arrow function of one argument begins with a name, too
    return next(first, node).text() if node.kind() == "function_declaration" else _special(node)


def _special(node: SgNode) -> str:
    return {"init_declaration": "init", "constructor_declaration": "constructor"}.get(
        node.kind(), ""
    )


def _declared(node: SgNode) -> str:
    for _ in range(_MAX_DEPTH):
        inner = node.field("declarator")
        if inner is None:
            break
        node = inner
    return node.text()


def count_parameters(node: SgNode, language: SourceLanguage) -> int:
    """How many parameters a function has, without the object itself."""
    if language.loose:
        return sum(child.kind() in language.loose for child in node.children())
    found = node.field("parameters") or _list_below(node, language)
    if found is None:
        return 0
    if found.kind() not in language.lists:
        return 1  # `x => …`
    return sum(_count(child, language) for child in found.children() if child.is_named())


def _list_below(node: SgNode, language: SourceLanguage) -> SgNode | None:
    for _ in range(_MAX_DEPTH):
        for child in node.children():
            if child.kind() in language.lists:
                return child
        inner = node.field("declarator")
        if inner is None:
            return None
        node = inner
    return None


def _count(node: SgNode, language: SourceLanguage) -> int:
    text = node.text()
    if node.kind() in _NOT_PARAMETERS or text in language.receivers or text == "void":
        return 0
    if language.name == "go":
        return max(1, len(node.field_children("name")))  # `a, b int`
    return 1
