"""Which companions a recording has, and in what order."""

import pytest

from agentrec import companions
from agentrec.capture.io.child import Program
from agentrec.capture.recording_plan import ChildSize, RecordingPlan
from agentrec.companions import default_companions, shells
from agentrec.recording.writer import Writer


@pytest.mark.parametrize(
    ("argv", "snapshots", "names"),
    [
        (["/usr/bin/bash"], True, "agents shell snapshots processes network files moments"),
        (["vim"], True, "agents snapshots processes network files moments"),
        (["vim"], False, "agents processes network files moments"),
        (["/opt/bin/claude", "-p", "x"], False, "claude-code processes network files moments"),
    ],
)
def test_companions_of_a_program(tmp_path, argv, snapshots, names):
    size = ChildSize(None, None, window=None, default=(80, 24))
    plan = RecordingPlan("x", Program(argv, argv[0], {}), size)
    writer = Writer(str(tmp_path / "a.ahr"), {"id": "x", "cols": 80, "rows": 24})
    found = default_companions(plan, writer, snapshots=snapshots)
    writer.close()
    assert [companion.name for companion in found] == names.split()
    assert [companion.name for companion in found if companion.stops_last] == ["moments"]


def test_every_shell_with_marks_has_them():
    assert set(companions.SHELLS) == set(shells.SHELLS)
