"""`agentrec sync`: two machines and a remote."""

from pathlib import Path

from agentrec.recording.writer import Writer


def states(result):
    return sorted((row["id"], row["state"]) for row in result["recordings"])


def ids(machine):
    return sorted(row["id"] for row in machine.run("ls"))


def test_both_ways(machines):
    first, second, url = machines
    first.made("one"), first.made("two")
    second.made("three")
    assert states(first.run("sync", "--remote", url)) == [("one", "pushed"), ("two", "pushed")]
    plan = second.here("sync", "--dry-run", "--remote", url).stdout.splitlines()
    assert plan[1:] == ["pull: one", "pull: two", "3 to do, 0 unchanged"]
    done = second.here("sync", "--remote", url).stdout.splitlines()
    assert done[-1] == "1 pushed, 2 pulled, 0 unchanged"
    assert states(first.run("sync", "--remote", url)) == [("three", "pulled")]
    assert ids(first) == ids(second) == ["one", "three", "two"]
    assert first.run("sync", "--remote", url)["unchanged"] == 3

    # A title comes to the other side.
    first.here("title", "one", "better")
    assert states(first.run("sync", "--remote", url)) == [("one", "pushed")]
    assert states(second.run("sync", "--remote", url)) == [("one", "pulled")]
    assert {row["title"] for row in second.run("ls")} == {"better", ""}

    # What was removed stays removed, and is not removed elsewhere.
    second.here("rm", "two", "--yes")
    done = second.here("sync", "--remote", url)
    assert done.stdout == "2 unchanged\n"
    assert "1 recording removed here: `agentrec pull ID` brings it back" in done.stderr
    assert ids(second) == ["one", "three"]
    assert first.run("sync", "--remote", url)["unchanged"] == 3
    assert second.run("pull", "two", "--remote", url)[0]["state"] == "pulled"
    assert second.run("sync", "--remote", url)["unchanged"] == 3


def test_what_cannot_be_synced_stops_nothing(machines):
    first, _, url = machines
    live = str(Path(first.made("one")).with_name("live.ahr"))
    Path(first.made("bad")).write_text("no recording")
    first.made("imported-claude-x", imported={"agent": "claude"})
    writer = Writer(live, {"id": "live", "command": ["sh"]})
    writer.start()
    try:
        done = first.here("sync", "--remote", url, code=1)
        assert done.stdout.splitlines()[-1] == "1 pushed, 0 unchanged"
        assert "bad.ahr is not an agentrec recording" in done.stderr
        assert "still being recorded: 1 recording" in done.stderr
    finally:
        writer.close()
    assert [row["id"] for row in first.run("ls", "--remote", url)] == ["one"]
    assert first.run("sync", "--since", "2026-03-01", "--remote", url, code=1)["recordings"] == []
