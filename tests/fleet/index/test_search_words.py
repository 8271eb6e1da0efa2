"""Text as words that a search compares."""

import pytest

from agentrec.fleet.index.search_words import search_words
from agentrec.library.index.texts import indexed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Connection refused!", " connection refused "),
        ("snake_case, 100% \\ it's", " snake case 100 it s "),
        ("Größe DÉJÀ de\u0301ja\u0300", " große deja deja "),
        ("測試 ok", " 測 試 ok "),
        ("한국", " 한 국 "),
        ("... --- ...", ""),
        ("", ""),
    ],
)
def test_words_are_folded_and_separate(text, words):
    assert search_words(indexed(text)) == words
