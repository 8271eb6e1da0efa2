"""Which sessions belong to the runs of one recording."""

from agentrec.agents.opencode.run_log import RunLog

MARK = "/run/agentrec/agentrec-run-one.json"


def line(run, text):
    return f"timestamp=2026-11-29T05:21:35.041Z level=INFO run={run} {text}\n"


def test_sessions_of_marked_runs(tmp_path):
    path = tmp_path / "opencode.log"
    log = RunLog(str(path), MARK)
    assert not log.read()
    assert (log.knows_runs, log.knows_marked) == (False, False)
    path.write_text(line("aa11", "message=loading path=/elsewhere.json"))
    assert log.read()
    assert (log.knows_runs, log.knows_marked) == (True, False)
    with path.open("a") as file:
        file.write(line("bb22", "message=created id=ses_theirs slug=calm-tiger"))
        file.write(line("aa11", f"message=loading path={MARK}"))
        file.write(line("aa11", "message=created id=ses_new slug=calm-tiger"))
        file.write(line("aa11", "message=loop session.id=ses_continued step=0"))
        file.write("no run here ses_other\n" + line("aa11", "id=ses_cut")[:-8])
    assert log.read()
    assert log.knows_marked
    assert log.has("ses_new")
    assert log.has("ses_continued")
    assert not log.has("ses_theirs")
    assert not log.has("ses_cut")
    with path.open("a") as file:
        file.write("ses_cut\n")
    assert log.read()
    assert log.has("ses_cut")
    assert not log.read()


def test_a_log_that_was_begun_anew(tmp_path):
    path = tmp_path / "opencode.log"
    path.write_text(line("aa11", "x" * 500))
    log = RunLog(str(path), MARK)
    log.read()
    path.write_text(line("aa11", f"path={MARK}") + line("aa11", "id=ses_a"))
    assert log.read()
    assert log.has("ses_a")


def test_a_log_in_whose_place_a_longer_one_stands(tmp_path):
    path = tmp_path / "opencode.log"
    path.write_text(line("aa11", "short"))
    log = RunLog(str(path), MARK)
    log.read()
    path.rename(tmp_path / "opencode.1.log")
    path.write_text(
        line("bb22", f"path={MARK}") + line("bb22", "id=ses_b") + line("bb22", "x" * 500)
    )
    assert log.read()
    assert log.has("ses_b")


def test_a_run_that_ends_before_it_has_logged_its_session(tmp_path):
    path = tmp_path / "opencode.log"
    path.write_text(line("aa11", "id=ses_continued") + line("bb22", "id=ses_old"))
    log = RunLog(str(path), MARK)
    assert not log.may_have("ses_continued")
    with path.open("a") as file:
        file.write(line("cc33", f"path={MARK}"))
        file.write(line("bb22", "id=ses_theirs"))
    log.read()
    assert not log.has("ses_continued")
    assert log.may_have("ses_continued")
    assert log.may_have("ses_old")
    assert not log.may_have("ses_theirs")
    with path.open("a") as file:
        file.write(line("cc33", "id=ses_new"))
    log.read()
    assert not log.may_have("ses_continued")
