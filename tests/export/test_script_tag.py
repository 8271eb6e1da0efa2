"""The script with a recording in it, as data; that it plays is tested in tests/web_page."""

import json
import re

from agentrec.export.script_tag import tag_script
from tests.export.helpers import HEADER, events_of, written


def test_it_has_the_whole_page_in_it():
    """Also text that would end a string, a line or a tag."""
    text = '"; alert(1) // </script> \\ \u2028 日本語 \U0001f469'
    header = {**HEADER, "title": text}
    events = events_of((0, "term", "output", text.encode()), (1, "term", "exit", {"code": 0}))
    script, _ = written("js", header, events)
    page, _ = written("html", header, events)
    literal = re.search(rb'const page = (".*");\n', script)
    assert literal
    assert json.loads(literal[1]) == page.decode()
    assert script.isascii()


def test_a_path_is_no_code():
    script = tag_script('/embed/"); alert(1) //?key=x')
    assert 'new URL("/embed/\\"); alert(1) //?key=x", tag.src)' in script
