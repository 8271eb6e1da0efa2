"""Parameters and bodies against their schemas."""

import pytest

from agentrec.web.openapi.parts import array, body_object, in_path, one_of, query, whole
from agentrec.web.problems import ProblemError
from agentrec.web.validation import read_body, read_path, read_query, refuse_unknown

DECLARED = [
    query("limit", whole(1, 9, 5), ""),
    query("t", {"type": "number", "minimum": 0, "maximum": 10}, ""),
    query("flag", {"type": "boolean", "default": False}, ""),
    query("kind", {**array(one_of("a", "b")), "maxItems": 2}, ""),
    query("name", {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4}, ""),
]
BODY = body_object({"n": whole(0, 9, 1), "t": {"type": "number"}, "s": {"type": "string"}}, ("s",))


def test_what_is_not_given():
    told = read_query(DECLARED, [("other", "x")])
    assert told == {"limit": 5, "t": None, "flag": False, "kind": [], "name": None}


def test_what_is_given():
    given = [
        ("limit", "9"),
        ("t", "1e0"),
        ("flag", "true"),
        ("kind", "a"),
        ("kind", "b"),
        ("name", "ab"),
    ]
    told = read_query(DECLARED, given)
    assert told == {"limit": 9, "t": 1.0, "flag": True, "kind": ["a", "b"], "name": "ab"}
    assert type(told["limit"]) is int


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", it) for it in ("0", "10", "", "x", "1.0", "0x1", " 1", "1_0", "१", "9" * 400)),
        *(("t", it) for it in ("-1", "11", "nan", "inf", "1e999", "", "1,5", "--1")),
        *(("flag", it) for it in ("1", "True", "yes", "")),
        *(("kind", it) for it in ("c", "", "A")),
        *(("name", it) for it in ("", "ab1", "abcde", "ab\n", "\ud800")),
    ],
)
def test_what_makes_no_sense(name, value):
    with pytest.raises(ProblemError) as refused:
        read_query(DECLARED, [(name, value)])
    assert refused.value.status == 400
    assert name in refused.value.detail


@pytest.mark.parametrize("given", [[("limit", "1"), ("limit", "2")], [("kind", "a")] * 3])
def test_too_often(given):
    with pytest.raises(ProblemError, match=f"too many values for {given[0][0]}"):
        read_query(DECLARED, given)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("limit", "x", "limit is not an integer"),
        ("limit", "10", "limit is not between 1 and 9"),
        ("kind", "c", "kind is not one of a, b"),
        ("name", "ab1", "name does not match its pattern"),
        ("name", "abcde", "name is too long"),
    ],
)
def test_messages(name, value, message):
    with pytest.raises(ProblemError) as refused:
        read_query(DECLARED, [(name, value)])
    assert refused.value.detail == message


def test_a_part_of_the_path_that_makes_no_sense_names_nothing():
    parameter = in_path("id", "")
    assert read_path(parameter, "x") == "x"
    with pytest.raises(ProblemError) as refused:
        read_path(parameter, "x" * 201)
    assert refused.value.status == 404


def test_bodies():
    assert read_body(BODY, b'{"s": "x", "n": 2.0}') == {"s": "x", "n": 2, "t": None}
    assert type(read_body(BODY, b'{"s": "x", "n": 2.0}')["n"]) is int
    for raw in (b"", b"[]", b"{}", b'{"s": 1}', b'{"s": "", "n": true}', b'{"s": "", "x": 1}'):
        with pytest.raises(ProblemError):
            read_body(BODY, raw)


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "string", "format": "date"}, {}])
def test_a_schema_that_is_not_checked_is_no_schema(schema):
    with pytest.raises(ValueError, match="unsupported schema"):
        refuse_unknown(schema)
