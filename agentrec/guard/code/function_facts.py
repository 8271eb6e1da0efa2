"""The functions of a file, measured: one pass over its syntax tree.

The syntax trees are those of ast-grep, which is the extra ``guard``.
"""

from __future__ import annotations

from hashlib import blake2b
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from agentrec.guard.code.function_names import count_parameters, name_of

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from agentrec.guard.code.source_language import SourceLanguage

MAX_SOURCE_BYTES = 300_000  # of a file that is parsed: errors can make that slow
_MAX_INSIDE = 7  # functions around one that its tokens belong to as well
_HEAD_CHARS = 1000
_MAX_MEAN_LINE_CHARS = 150
_MAX_NODES = 400_000
_MEMBER_SIGNS = frozenset({".", "->", "::", "?.", "?->"})
_IDENTIFIERS = frozenset(
    {"identifier", "simple_identifier", "name", "variable_name", "shorthand_property_identifier"}
)
# With a name and a sign of equality.
_ARGUMENTS = frozenset({"keyword_argument", "value_argument"})
# What a function does is the same with and without them.
_NO_DIFFERENCE = frozenset(
    {
        *("line_continuation", "modifiers", "modifier", "visibility_modifier", "decorator"),
        *("accessibility_modifier", "storage_class_specifier", "attribute_item"),
    }
)
_SHAPE_BYTES = 12


class FunctionFacts(NamedTuple):
    """A function: where it is (lines from 1), its size, and its ``shape``.

    Two functions have the same shape if they differ in layout, comments and the names of their variables
    alone. ``tokens`` says how much there is to be equal.
    """

    name: str
    line: int
    end_line: int
    parameters: int
    complexity: int
    nesting: int
    tokens: int
    shape: str

    @property
    def length(self) -> int:
        """Its lines."""
        return self.end_line - self.line + 1


class _Open:
    """A function that the walk is in."""

    __slots__ = ("complexity", "nesting", "node", "parent", "tokens")

    def __init__(self, node: SgNode, parent: SgNode | None) -> None:
        self.node, self.parent = node, parent
        self.complexity, self.nesting = 1, 0
        self.tokens: list[str] = []


def can_read_code() -> bool:
    """Whether the extra ``guard`` is installed."""
    return find_spec("ast_grep_py") is not None


def is_generated(source: str) -> bool:
    """Whether a tool wrote it: it says so at its beginning, or has lines that nobody reads."""
    if any(sign in source[:_HEAD_CHARS].lower() for sign in ("@generated", "do not edit")):
        return True
    return len(source) > _MAX_MEAN_LINE_CHARS * (source.count("\n") + 1)


def function_facts(source: str, language: SourceLanguage) -> list[FunctionFacts]:
    """The named functions in ``source``, in order. Needs the extra ``guard``."""
    from ast_grep_py import SgRoot

    walk = _Walk(language)
    walk.run(SgRoot(source, language.name).root())
    return [_measured(one, language) for one in walk.functions]


class _Walk:
    """Feeds every node to the functions it is in. No recursion: a file may be as deep as it likes."""

    def __init__(self, language: SourceLanguage) -> None:
        self._language = language
        self._counted = language.functions | language.branches | language.operators | language.nests
        self._counted |= {"operator_identifier"}
        # Plain tuples, because there are thousands: a node, its parent, how deep it is in its function,
        # whether it follows `else`, the functions that it is in.
        self._stack: list[tuple[SgNode, SgNode | None, int, bool, tuple[_Open, ...]]] = []
        self.functions: list[_Open] = []

    def run(self, root: SgNode) -> None:
        """Visit everything below ``root``."""
        self._stack.append((root, None, 0, False, ()))
        seen = 0
        while self._stack and seen < _MAX_NODES:
            seen += 1
            node, parent, depth, follows, inside = self._stack.pop()
            kind = node.kind()
            if kind in self._counted:
                depth, inside = self._count(node, kind, parent, depth, follows, inside)
            elif "comment" in kind or kind in _NO_DIFFERENCE:
                continue
            # Only escapes are nodes in a Python string.
            children = [] if kind == "string_content" else node.children()
            if children:
                if not (inside and _is_docstring(kind, children)):
                    # Kotlin has a node between `else` and the `if` behind it.
                    follows = follows and kind == "control_structure_body"
                    self._push(node, children, depth, follows, inside)
            elif inside:
                token = _token(node, kind, parent)
                for one in inside:
                    one.tokens.append(token)

    def _count(
        self,
        node: SgNode,
        kind: str,
        parent: SgNode | None,
        depth: int,
        follows: bool,
        inside: tuple[_Open, ...],
    ) -> tuple[int, tuple[_Open, ...]]:
        """Begin a function, or count what adds to the one around; return depth and functions inside."""
        language = self._language
        # In Ruby the word `if` has the kind of the node it begins.
        named = node.is_named()
        if kind in language.functions and named and name_of(node, parent):
            self.functions.append(opened := _Open(node, parent))
            return 0, (*inside[-_MAX_INSIDE:], opened)
        if inside:
            # Scala's operators are names.
            operator = node.text() if kind == "operator_identifier" else kind
            if operator in language.operators or (kind in language.branches and named):
                inside[-1].complexity += 1
            if kind in language.nests and named and not follows:
                depth += 1
                inside[-1].nesting = max(inside[-1].nesting, depth)
        return depth, inside

    def _push(
        self,
        node: SgNode,
        children: list[SgNode],
        depth: int,
        follows: bool,
        inside: tuple[_Open, ...],
    ) -> None:
        before = ""
        items = []
        for child in children:
            items.append((child, node, depth, follows or before == "else", inside))
            before = child.kind()
        items.reverse()
        self._stack += items


def _is_docstring(kind: str, children: list[SgNode]) -> bool:
    return kind == "expression_statement" and len(children) == 1 and children[0].kind() == "string"


def _token(node: SgNode, kind: str, parent: SgNode | None) -> str:
    """A leaf as the shape has it: a name that may be a variable's has a blank in front, other texts `=`."""
    if not node.is_named():
        return kind
    if kind not in _IDENTIFIERS:
        return "=" + node.text()
    if parent is not None and parent.kind() in _ARGUMENTS:
        behind = node.next()
        if behind is not None and behind.kind() == "=":
            return "=" + node.text()  # the name of a parameter of another function
    return " " + node.text()


def _measured(one: _Open, language: SourceLanguage) -> FunctionFacts:
    span = one.node.range()
    name = name_of(one.node, one.parent)
    return FunctionFacts(
        _plain(name),
        span.start.line + 1,
        span.end.line + 1,
        count_parameters(one.node, language),
        one.complexity,
        one.nesting,
        len(one.tokens),
        _shape(one.tokens, name, language.name),
    )


def _plain(name: str) -> str:
    """``total`` of ``Box::total`` and ``box.total``."""
    return name.rpartition(".")[2].rpartition("::")[2]


def _shape(tokens: list[str], own: str, language: str) -> str:
    """A digest of the tokens with the function's variables numbered.

    A name behind a dot or before a parenthesis means something elsewhere, and so does one in capitals: they
    stay.
    """
    numbers: dict[str, str] = {}
    own = _plain(own)
    defined = next((at for at, token in enumerate(tokens) if token[1:] == own), -1)
    parts = [language]
    for at, token in enumerate(tokens):
        if at == defined:
            parts.append("\0self")
        else:
            parts.append(_renamed(tokens, at, numbers, own) if token[:1] == " " else token)
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=_SHAPE_BYTES).hexdigest()


def _renamed(tokens: list[str], at: int, numbers: dict[str, str], own: str) -> str:
    name = tokens[at][1:]
    is_member = at > 0 and tokens[at - 1] in _MEMBER_SIGNS
    if name == own and not is_member:
        return "\0self"
    is_called = at + 1 < len(tokens) and tokens[at + 1] == "("
    if is_member or is_called or name[:1].isupper():
        return name
    return numbers.setdefault(name, f"\0{len(numbers)}")
