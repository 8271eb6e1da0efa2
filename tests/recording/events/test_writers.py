"""What a real recording holds can be read from its records, field by field."""

import subprocess
import sys

from agentrec.recording.reader import Recording
from tests.capture.terminal import PATIENCE, RECORD, environment
from tests.recording.events.test_decode import check

# A shell that marks its commands, changes a file, and says a secret.
SCRIPT = """
printf '\\033]133;A\\007\\033]133;C;cmdline=make\\007'
sleep 0.8; echo x >made; sh -c 'exit 3'
{agentrec} note 'the key is AKIAIOSFODNN7EXAMPLX, the password=hunter2hunter2'
{agentrec} mark here
{agentrec} snapshot there
printf '\\033]133;D;2\\007\\033]133;A\\007'; sleep 0.5
"""


def test_fields_of_what_the_recorder_writes(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    script = SCRIPT.format(agentrec=f"{sys.executable} -m agentrec")
    subprocess.run(
        [*RECORD, "-q", "-o", str(tmp_path / "r.ahr"), "--", "sh", "-c", script],
        env=environment(tmp_path),
        cwd=work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    with Recording.open(str(tmp_path / "r.ahr")) as recording:
        events = [event for event in recording.events() if isinstance(event.data, dict)]
    for event in events:
        check(event.track, event.kind, event.data)
    found = {"/".join(event.name) for event in events}
    assert found >= {
        "term/exit",
        "mark/moment",
        "mark/note",
        "sys/command",
        "sys/process",
        "sys/file",
        "fs/snapshot",
        "guard/redacted",
    }
