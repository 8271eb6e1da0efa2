"""Variations: the matrix, and what each asks of a branch."""

import pytest

from agentrec.errors import UsageError
from agentrec.rerun.recorded_task import RecordedTask
from agentrec.rerun.variation import Variation, branch_request, label, matrix, variation_of

CLAUDE = ("/opt/claude", "-p", "--model", "old", "--effort", "low", "Mend it.")


def task(argv=CLAUDE, prompt="Mend it."):
    return RecordedTask("run.ahr", "run", "", tuple(argv), prompt, 1, is_cut=False, facts={})


def asked(variation, **options):
    return branch_request(task(**options), variation, "x-rerun-1", {})


def test_every_combination_once():
    found = matrix(["", "codex:gpt-5.5"], ["opus", "haiku"], ["A", "B"], Variation(base_ref="main"))
    assert len(found) == 8
    assert {(it.agent, it.model) for it in found} == {
        ("", "opus"),
        ("", "haiku"),
        ("codex", "gpt-5.5"),
    }
    assert {it.base_ref for it in found} == {"main"}


def test_a_variation_survives_json():
    whole = Variation("codex", "m", "p", "main", "s.md", ("--effort", "high"))
    assert variation_of(whole.as_data()) == whole
    assert variation_of({"agent": 1, "options": "x"}) == Variation()


def test_options_replace_recorded_ones():
    request = asked(Variation(model="new", options=("--effort", "high")))
    assert request.extra == ("--model", "new", "--effort", "high")
    assert request.fresh.without == {"--model", "-m", "--effort"}
    assert request.message == "Mend it."


def test_options_that_may_be_repeated_do_not():
    argv = ("codex", "exec", "-c", "a=1", "x")
    request = asked(Variation(options=("-c", "b=2"), system="s.md"), argv=argv)
    assert request.fresh.without == set()
    assert request.extra[0] == "-c"
    assert request.extra[1].startswith("model_instructions_file=/")


def test_programs_are_run_again_as_they_are():
    request = asked(Variation(base_ref="main"), argv=("make", "test"), prompt="")
    assert request.again
    assert request.fresh.base_ref == "main"


@pytest.mark.parametrize(
    ("variation", "argv", "words"),
    [
        (Variation(model="m"), ("make", "test"), "it is not a known agent"),
        (Variation(agent="cat"), CLAUDE, "unknown agent 'cat'"),
        (Variation(system="s.md"), ("pi", "-p", "x"), "cannot give pi a system prompt"),
    ],
)
def test_what_cannot_be_varied(variation, argv, words):
    with pytest.raises(UsageError, match=words):
        asked(variation, argv=argv)


def test_labels():
    key = "sk-ant-" + "api03-" + "a" * 80
    varied = Variation("/opt/codex", "m", "p", "main", "d/s.md", ("--key", key))
    assert label(task(), varied).startswith("codex m at main other prompt system s.md")
    assert key not in label(task(), varied)
    assert label(task(), Variation()) == "claude"
