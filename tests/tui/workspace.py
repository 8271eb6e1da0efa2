"""A recording with snapshots of a real directory, for tests of what the player shows of files."""

import os
import shutil
from pathlib import Path

from agentrec.companions.snapshots import event_data
from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import fill
from tests.tui.helpers import Script

FIRST = {
    "README.md": "# A project\n",
    "src/area.py": "def area(width, height):\n    return width + height\n",
    "src/long name of a folder/data.bin": b"\0\1\2" * 100,
    "link": ("README.md",),
    ".gitignore": "*.log\n",
    "old.txt": "to be removed\n",
}
SECOND = {
    "src/area.py": "def area(width, height):\n    return width * height  # 面積\n",
    "tests/test_area.py": "from src.area import area\n\n\ndef test():\n    assert area(2, 3) == 6\n",
}


class Made:
    """``path`` of the recording, its ``folder``, and the times of its three snapshots in ns."""

    def __init__(self, tmp_path, *, first=None, second=None, **header):
        self.folder = tmp_path / "work"
        self.folder.mkdir()
        taker = Snapshotter.open(str(self.folder), os.environ, f"player-{tmp_path.name}")
        self.store = Path(taker.store.folder)
        self.script = Script().out(0, "$ ")
        self._keep(taker, FIRST if first is None else first, "start")
        if first is None:
            (self.folder / "old.txt").unlink()
        self._keep(taker, SECOND if second is None else second, "after Edit")
        self._keep(taker, {"notes.txt": "kept last\n"}, "end")
        taker.store.close()
        self.path = self.script.out(1000, "bye\r\n").save(tmp_path / "run.ahr", **header)
        events = [event for event in self.script.events if event.track == "fs"]
        self.times = [event.t for event in events]

    def _keep(self, taker, files, label):
        fill(self.folder, files)
        snapshot, new = taker.take(label, "tool")
        assert new
        data = event_data(snapshot._asdict()) | {"store": taker.store.name, "took_ms": 1.0}
        self.script.out(1000, f"{label}\r\n").add(0, "fs", "snapshot", data)

    def change(self):
        """What somebody did after the recording."""
        fill(self.folder, {"README.md": "# Another project\n", "later.txt": "later\n"})

    def forget(self):
        shutil.rmtree(self.store)
