"""What a branch would be: worked out from a recording and a directory, without making anything."""

import os

import pytest

from agentrec.capture.io.child import CannotRunError, NotFoundError
from agentrec.errors import UsageError
from agentrec.recording.writer import Writer


@pytest.mark.parametrize("message", ["a\0b", "x" * 200_000])
def test_messages_that_cannot_be_given(bench, message):
    bench.step(1000, {"a": "1"})
    with pytest.raises(UsageError, match="message"):
        bench.plan(message=message)


def test_programs_of_the_directory(bench):
    bench.writer.close()
    bench.takes.store.close()
    os.unlink(bench.file)
    bench.writer = Writer(
        bench.file, {"id": "run", "command": ["./tool"], "cwd": str(bench.work / "sub")}
    )
    bench.writer.start()
    bench.step(1000, {"sub/tool": "#!/bin/sh\n", "other": ""})
    os.chmod(bench.work / "sub/tool", 0o755)
    bench.step(2000, {"sub/x": ""})
    with pytest.raises(CannotRunError, match="not executable in s1"):
        bench.plan("s1")
    found = bench.plan("s2")
    assert found.cwd == os.path.join(found.worktree, "sub")
    assert found.argv == ["./tool"]
    with pytest.raises(NotFoundError):
        bench.plan("s2", agent="nobody-has-this")
