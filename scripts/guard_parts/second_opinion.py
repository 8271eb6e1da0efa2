"""Whether findings in good code are right, by other means than the guard's.

Python's own parser judges Python: it measures again, and compares functions with their variables renamed. For
JavaScript, lizard measures again, and equal functions are compared as words. In published code a secret, or
a test that is gone, is always wrong.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.guard.finding import Finding, Place
    from agentrec.guard.guard_settings import GuardSettings

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)
_NESTS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)
_WORD = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[\w$]+|\s+|.", re.DOTALL
)
_NONE = ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), [], [], lineno=0)
_LIMITS = {
    "function-length": "function-lines",
    "complexity": "complexity",
    "parameters": "parameters",
    "nesting": "nesting",
}


def is_right(root: Path, finding: Finding, settings: GuardSettings) -> bool:
    """Whether a finding about a file below ``root`` is right."""
    if finding.rule == "duplicate-function":
        assert finding.reuse is not None
        return _shape(root, finding.place) == _shape(root, finding.reuse)
    if finding.rule in _LIMITS:
        measured = _measures(root, finding.place).get(finding.rule, 0)
        return measured > settings.limits[_LIMITS[finding.rule]]
    if finding.rule == "binary-file":
        return b"\0" in (root / finding.place.path).read_bytes()
    if finding.rule == "huge-file":
        return (root / finding.place.path).stat().st_size > settings.limits["file-bytes"]
    return False


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _function(root: Path, place: Place) -> ast.FunctionDef | ast.AsyncFunctionDef:
    nodes = [node for node in ast.walk(_tree(root / place.path)) if isinstance(node, _FUNCTIONS)]
    return next((node for node in nodes if node.lineno == place.line), _NONE)


def _measures(root: Path, place: Place) -> dict[str, int]:
    if not place.path.endswith(".py"):
        return _by_lizard(root, place)
    node = _function(root, place)
    end = node.end_lineno or node.lineno
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    count = sum(at > 0 or it.arg not in ("self", "cls") for at, it in enumerate(arguments))
    count += bool(node.args.vararg) + bool(node.args.kwarg)
    return {
        "function-length": end - node.lineno + 1,
        "complexity": 1 + sum(_adds(it) for it in _own(node)),
        "parameters": count,
        "nesting": _depth(node.body),
    }


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """What is in a function, and in no function in it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, _FUNCTIONS):
            yield child
            yield from _own(child)


def _adds(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return isinstance(node, _BRANCHES)


def _depth(body: list[ast.stmt]) -> int:
    return max((_depth_of(statement) for statement in body), default=0)


def _depth_of(statement: ast.stmt) -> int:
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return 0 if isinstance(statement, _FUNCTIONS) else _depth(statement.body)
    if not isinstance(statement, _NESTS):
        return 0
    deeper = _depth(statement.body)
    handlers = getattr(statement, "handlers", []) + getattr(statement, "cases", [])
    others = [*getattr(statement, "finalbody", [])]
    otherwise = getattr(statement, "orelse", [])
    deeper = max([deeper, _depth(others), *(_depth(it.body) for it in handlers)])
    is_chain = len(otherwise) == 1 and otherwise[0].col_offset == statement.col_offset
    if isinstance(statement, ast.If) and is_chain and isinstance(otherwise[0], ast.If):
        return max(1 + deeper, _depth_of(otherwise[0]))  # elif
    return 1 + max(deeper, _depth(otherwise))


def _by_lizard(root: Path, place: Place) -> dict[str, int]:
    found = [it for it in _lizard(str(root / place.path)) if it.start_line == place.line]
    if not found:
        return dict.fromkeys(_LIMITS, 1 << 20)  # it does not see the function
    one = found[0]
    # Functions without a name are part of the one around them.
    inside = [it for it in _lizard(str(root / place.path)) if it.start_line >= one.start_line]
    inside = [it for it in inside if it.end_line <= one.end_line]
    return {
        "function-length": one.end_line - one.start_line + 1,
        "complexity": 1 + sum(it.cyclomatic_complexity - 1 for it in inside),
        "parameters": len(one.full_parameters),
        "nesting": 1 << 20,
    }


@cache
def _lizard(path: str):
    import lizard

    return lizard.analyze_file(path).function_list


def _shape(root: Path, place: Place) -> object:
    if place.path.endswith(".py"):
        return _python_shape(_function(root, place))
    lines = (root / place.path).read_text(errors="replace").split("\n")
    return _words("\n".join(lines[place.line - 1 : place.end_line]))


def _python_shape(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The function's tree with its variables numbered."""
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, _FUNCTIONS)
    copy.decorator_list, own, copy.name = [], copy.name, "self"
    known: dict[str, str] = {}
    for one in ast.walk(copy):
        body = getattr(one, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    called = {
        it.func.id
        for it in ast.walk(copy)
        if isinstance(it, ast.Call) and isinstance(it.func, ast.Name)
    }
    for one in ast.walk(copy):
        if isinstance(one, ast.Name) and (one.id not in called or one.id == own):
            one.id = known.setdefault(one.id, str(len(known)))
        elif isinstance(one, ast.arg):
            one.arg = known.setdefault(one.arg, str(len(known)))
    return ast.dump(copy)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _words(text: str) -> list[str]:
    """The words of a function with its names numbered, whatever they mean."""
    known: dict[str, str] = {}
    words = []
    for word in _WORD.findall(text[text.index("(") :]):
        if word.isspace() or word.startswith(("//", "/*")):
            continue
        is_name = word[:1].isalpha() or word[:1] in "_$"
        words.append(known.setdefault(word, f"\0{len(known)}") if is_name else word)
    return words
