"""The conversation of a run as Markdown, looked at as text and as a page."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from agentrec.cli.main import main
from agentrec.export import conversation_markdown
from agentrec.recording.events import Event

EVIL = "<img src=x onerror=alert(1)>\n![x](https://evil.example/a.png)\n# above"
SECRET = "ghp_" + "a1B2" * 9


def event(t, name, data, **links):
    track, kind = name.split("/")
    return Event(0, round(t * 1e9), track, kind, data, **links)


def said(t, role, text, **data):
    actor = "user" if role == "user" else "claude"
    return event(t, "agent/message", {"role": role, "text": text, **data}, actor=actor)


def call(t, span, name, **given):
    return event(t, "tool/call", {"name": name, "input": given}, span=span)


def result(t, span, output, **data):
    return event(t, "tool/result", {"output": output, **data}, span=span)


def model(t, number, tokens):
    data = {"id": f"m{number}", "model": "x", "usage": {"output": tokens}, "cost_usd": 0.01}
    return event(t, "llm/call", data)


def written(*events, header=None, links=""):
    out = io.BytesIO()
    conversation_markdown.write(header or {"command": ["/bin/claude", "-p"]}, events, out, links)
    return out.getvalue().decode()


def html(text):
    return MarkdownIt("commonmark").enable("table").render(text)


def test_messages_and_tools_in_order():
    text = written(
        said(1, "user", "Mend it,\n  please."),
        said(2, "assistant", "I **look**.\n\n```py\n# <code>\n```"),
        call(3, "a", "Bash", command="pytest -q"),
        call(3, "b", "Read", file_path="/w/a.py"),
        said(4, "assistant", "Two at once."),
        result(5, "b", "text of the file"),
        result(6, "a", "1 failed", exit_code=1, duration_ms=1200),
        model(6, 1, 30),
        said(65, "user", "And now?"),
        event(70, "term/exit", {"code": 0}),
        links="run.html",
    )
    places = [
        text.index(words)
        for words in (
            "# claude -p",
            "## You, [0:01](run.html#t=0:01)",
            "Mend it,",
            "I **look**.",
            "# <code>",
            "Bash: pytest -q (failed, 0:03)",
            "result, failed, exit 1, 1.2 s:",
            "1 failed",
            "Read: w/a.py (0:03)",
            "text of the file",
            "Two at once.",
            "*1 model call, 30 out, $0.0100*",
            "## You, [1:05](run.html#t=1:05)",
            "*Ended: exit 0.*",
        )
    ]
    assert places == sorted(places)
    assert html(text).count("<details>") == html(text).count("</details>") == 2


def test_a_call_without_a_result_holds_nothing_back_at_the_end():
    text = written(call(1, "a", "Bash", command="sleep 9"), said(2, "assistant", "After."))
    assert "Bash: sleep 9 (no result, 0:01)" in text
    assert text.index("sleep 9") < text.index("After.")


def test_a_call_that_is_told_again_counts_once():
    text = written(model(1, 1, 10), model(2, 1, 25), model(3, 2, 5), said(4, "user", "x"))
    assert "*2 model calls, 30 out, $0.0200*" in text


HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/a.png)",
    "# a heading\n\nabove\n=====\nnext\n---",
    "```\nnever closed",
    "</details>",
    "~~~~\n```\n~~~",
    # What looks like the beginning or the end of code, and is not.
    f"``` a`b\n{EVIL}",
    f"```\n    ```\nx\n```\n{EVIL}",
    f"- ```\n  x\n  ```\n{EVIL}",
    f"- a\n  ```\n{EVIL}\n",
    f"> ```\n{EVIL}\n```\n",
    f"1.  a\n\n    ```\n    x\n    ```\n{EVIL}",
    f"- a\n\n\t~~~\n{EVIL}\n\t~~~\n{EVIL}",
    # Headings inside of other blocks.
    "> # a\n> b\n> ===",
    "- # a\n- b\n  ---\n\n1.  c\n    ===\n\n- 1. > ## d\n+ a\n\t-",
    "\x1b[31mred\x07",
    f"the key is {SECRET}",
)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_was_said_stays_in_its_place(text, role):
    shown = written(said(1, role, text), said(2, "user", "THE END"))
    page = html(shown)
    assert "<script" not in page
    assert "<img" not in page
    assert "</details>" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f]", shown)
    assert SECRET not in shown
    headings = re.findall("<h([1-6])>(.*?)</h", page, re.DOTALL)
    assert headings[0][1] == "claude -p"
    assert headings[-1] == ("2", "You, 0:02")
    assert all(int(level) > 2 for level, words in headings[1:] if not words.startswith("You"))
    assert "<p>THE END</p>" in page


LINKS = (
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt\\:alert(1))",
    "[x](&#106;avascript&colon;alert(1)) javascript:",
    "[x](java&Tab;script:alert(1))",
    "[x]\n\n[x]: vbscript:y",
    "[x](\n  javascript:alert(1))",
)


@pytest.mark.parametrize("text", LINKS, ids=repr)
def test_no_link_runs_anything(text):
    reader = MarkdownIt("commonmark")
    reader.validateLink = lambda url: True
    page = reader.render(written(said(1, "assistant", f"{text}\n\n[y](https://y.example/?a&b)")))
    *others, last = map(unescape, re.findall('href="(.*?)"', page))
    assert last == "https://y.example/?a&b"
    assert not any(re.search("(java|vb)script:", "".join(url.lower().split())) for url in others)


def test_code_stays_as_it_was():
    code = "all:\n\tmake <x> && ![y] # z\n---"
    inside = "\n".join(f"   {line}" for line in code.split("\n"))
    page = html(
        written(said(1, "assistant", f"```make\n{code}\n```\n\n1. So:\n   ```\n{inside}\n   ```"))
    )
    shown = "all:\n\tmake &lt;x&gt; &amp;&amp; ![y] # z\n---\n"
    assert f'<code class="language-make">{shown}</code>' in page
    assert f"<code>{shown.replace(chr(9), ' ')}</code>" in page


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_what_tools_got_and_gave_stays_in_its_place(text):
    shown = written(
        call(1, "a", text, command=text, **{text: text}),
        result(2, "a", text),
        said(3, "user", "END"),
    )
    page = html(shown)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("<details>") == page.count("</details>") == 1
    assert SECRET not in shown
    assert "<p>END</p>" in page


def test_long_outputs_are_cut_and_that_is_said():
    output = "\n".join(map(str, range(1000)))
    text = written(call(1, "a", "Bash", command="seq"), result(2, "a", output))
    assert "\n199\n… 800 more lines\n" in text


def test_from_the_command_line(tmp_path, capsys):
    source, target = "fixtures/recordings/v2.ahr", tmp_path / "x.md"
    assert main(["convert", source, str(target)]) == 0
    assert "left out:" in capsys.readouterr().err
    assert target.read_text().startswith("# ")
    assert main(["convert", source, "-", "--to", "md", "--links", "x.html"]) == 0
