"""Sessions of DevDuck as recordings."""

import json
import pickle
import zipfile

import pytest

from agentrec.cli.main import main
from tests.cuts.recordings import read

BEGAN = 1_767_000_000_000_000_000


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def event(second, layer, kind, data, trace="t1"):
    at = BEGAN + second * 10**9
    return {"timestamp_ns": at, "layer": layer, "event_type": kind, "data": data, "trace_id": trace}


EVENTS = [
    event(0, "agent", "message", {"role": "user", "content": "hello"}),
    event(1, "tool", "tool_call", {"tool_name": "shell", "input": {"command": "ls"}}),
    event(3, "tool", "tool_result", {"tool_name": "shell", "result": "a b", "duration_ms": 12}),
    event(4, "sys", "file_write", {"path": "a.txt"}),
    event(5, "agent", "session_end", {}),
]


def write(path, events=EVENTS, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if events is not None:
            archive.writestr("events.jsonl", "\n".join(map(json.dumps, events)))
        for name, data in more.items():
            archive.writestr(name.replace("_", "."), data)
    return str(path)


def test_events_and_snapshots(tmp_path):
    snapshots = [
        {"timestamp_ns": BEGAN + 2 * 10**9, "description": "before", "messages": [1], "cwd": "/w"}
    ]
    source = write(
        tmp_path / "s.zip",
        snapshots_json=json.dumps(snapshots),
        metadata_json=json.dumps({"session_id": "duck-1"}),
    )
    assert main(["convert", source, str(tmp_path / "s.ahr")]) == 0
    header, events = read(tmp_path / "s.ahr")
    assert (header["id"], header["created"][:4]) == ("duck-1", "2025")
    assert [("/".join(one.name), one.t // 10**9) for one in events] == [
        ("agent/message", 0),
        ("tool/call", 1),
        ("mark/moment", 2),
        ("tool/result", 3),
        ("sys/file_write", 4),
        ("agent/lifecycle", 5),
    ]
    assert events[1].span == events[3].span == "t1"
    assert events[2].data["origin"] == {
        "timestamp_ns": BEGAN + 2 * 10**9,
        "description": "before",
        "cwd": "/w",
    }


def test_a_pickle_is_never_opened_and_said(tmp_path, capsys):
    trap = tmp_path / "sprung"
    source = write(tmp_path / "s.zip", session_pkl=pickle.dumps(Trap(str(trap))))
    assert main(["events", source]) == 0
    assert "session.pkl was not opened: a pickle can run code" in capsys.readouterr().err
    assert not trap.exists()
    pickle.loads(pickle.dumps(Trap(str(trap)))).close()
    assert trap.exists()  # it would have been seen


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: write(path, None, other_txt="x"), "without events.jsonl"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 50), "broken zip"),
    ],
    ids=["other", "torn"],
)
def test_other_zips(make, error, tmp_path, capsys):
    make(tmp_path / "s.zip")
    assert main(["info", str(tmp_path / "s.zip")]) == 3
    assert error in capsys.readouterr().err


def test_a_zip_that_unpacks_to_too_much(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("agentrec.export.agent_logs.devduck.MAX_MEMBER_BYTES", 1000)
    source = write(tmp_path / "s.zip", [*EVENTS, *[event(9, "sys", "tick", {"x": "y" * 500})] * 50])
    assert main(["convert", source, str(tmp_path / "s.ahr")]) == 0
    assert "too large" in capsys.readouterr().err


def test_odd_events(tmp_path, capsys):
    odd = [
        5,
        None,
        {"layer": "sys", "event_type": "../x"},
        {"layer": "tool"},
        event(1, "agent", "message", 7),
    ]
    source = write(tmp_path / "s.zip", odd, snapshots_json="{", metadata_json="[]")
    assert main(["convert", source, str(tmp_path / "s.ahr")]) == 0
    assert [event.kind for event in read(tmp_path / "s.ahr")[1]] == ["lifecycle"]
