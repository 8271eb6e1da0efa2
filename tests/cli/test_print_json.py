"""JSON documents of commands: a long array takes no more memory than one of its items."""

import json

import pytest

from agentrec.cli.common import json_text, print_json


@pytest.mark.parametrize(
    "value",
    [
        *([], [1], [{"a": [1, {"b": "x\ny\u2028\x9b"}]}, [], {}], {"a": [1]}, "x", None, 3),
        [{"a": ",\n    é", "b": None, "c": 1.5}, {"d": True}],
    ],
    ids=["empty", "one", "nested", "object", "text", "null", "number", "flat"],
)
def test_an_array_is_printed_as_a_whole_document_would_be(value, capsys):
    print_json(value)
    assert capsys.readouterr().out == json_text(value, indent=2) + "\n"


def test_items_are_made_when_they_are_printed(capsys):
    def items():
        for number in range(1000):
            if number:
                assert f'"n": {number - 1}' in capsys.readouterr().out
            yield {"n": number}

    print_json(items())
    assert json.loads("[" + capsys.readouterr().out.removeprefix(",")) == [{"n": 999}]
