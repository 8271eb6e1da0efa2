"""Values of parameters as text; ``test_chdb_process`` asks the engine what it makes of them."""

import pytest

from agentrec.fleet.query.clickhouse_values import parameter_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", "it's"),
        ("a\\b\t\n\0", "a\\\\b\\t\\n\\0"),
        ("\udcff", "?"),
        (-3, "-3"),
        (["it's", "a\\b"], "['it\\'s', 'a\\\\b']"),
        ([1, 2], "[1, 2]"),
        ([], "[]"),
    ],
)
def test_what_has_a_meaning_is_escaped(value, text):
    assert parameter_text(value) == text
