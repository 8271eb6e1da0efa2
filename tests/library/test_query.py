"""What users type, and what is found by it."""

import pytest

from agentrec.errors import UsageError
from agentrec.library.query import fts_expression
from tests.library.helpers import shown

TEXTS = {
    "error": "TypeError: cannot read file config.toml",
    "passed": "12 tests passed in 3.4s",
    "japanese": "これはテストです",
    "chinese": "全部測試通過",
    "accents": "Élan vital, naïve",
    "quote": 'he said "stop it" twice',
    "signs": "a->b != c; x_y.z()",
}


@pytest.fixture
def texts(library):
    for at, (name, text) in enumerate(TEXTS.items()):
        library.make(name, shown(1, text), command=[], created=f"2026-01-0{at + 1}T00:00:00Z")
    library.update()
    return library


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("typeerror", ["error"]),
        ("TYPEERR", ["error"]),  # the beginning of a word
        ("error", []),  # not its middle
        ("config.toml", ["error"]),
        ("toml config", ["error"]),
        ('"toml config"', []),
        ('"config toml"', ["error"]),
        ('"conf"', []),  # exactly
        ("cannot file", ["error"]),
        ("cannot passed", []),
        ("12 tests", ["passed"]),
        ("1", []),  # short words are whole
        ("3.4s", ["passed"]),
        ("テスト", ["japanese"]),
        ("測試", ["chinese"]),
        ("試測", []),
        ("通過", ["chinese"]),
        ("elan NAIVE", ["accents"]),
        ('"stop it"', ["quote"]),
        ("stop -twice", []),
        ("stop -never", ["quote"]),
        ('it -"it stop"', ["quote"]),
        ("x_y.z()", ["signs"]),
        ("a->b", ["signs"]),
        ("!= c;", ["signs"]),
        ("AND OR NOT NEAR", []),  # words, not operators
        ("text:read", []),  # no column of the database
        ("cannot*", ["error"]),
        ("^cannot", ["error"]),
        ('"unfinished quote', []),
        ("'; DROP TABLE entries; --", []),
    ],
)
def test_queries(texts, query, names):
    assert texts.names(query) == names


def test_nothing_to_look_for_is_everything():
    assert fts_expression("  ") == ""


@pytest.mark.parametrize("query", ["->", '""', "-word", "! ?"])
def test_a_query_without_a_word_is_refused(query):
    with pytest.raises(UsageError, match="no word to search for"):
        fts_expression(query)


def test_any_text_is_a_query(texts):
    for code in (*range(1, 0x250), 0x200B, 0x1F600):
        texts.names(f"x{chr(code)}y")
