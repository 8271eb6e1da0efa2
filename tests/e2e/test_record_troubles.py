"""When something is wrong: one clear line, the right exit code, and the child is never harmed."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.capture.terminal import PATIENCE, RECORD, environment, output

NOISE = "head -c 3000000 /dev/urandom | base64"


def record(
    tmp_path: Path, *arguments: str, env: dict[str, str] | None = None, **how: object
) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [*RECORD, *arguments],
        env=environment(tmp_path) if env is None else env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        **how,  # type: ignore[call-overload]
    )
    return done


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The error's first line; nothing but it and a hint may have been said."""
    lines = [line for line in done.stderr.splitlines() if "no snapshots of" not in line]
    assert lines[0].startswith("agentrec: ")
    assert len(lines) <= 2
    return lines[0]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("no-such-program", 127, "command not found"),
        ("./missing", 127, "no such file"),
        ("./data", 126, "not executable"),
        ("./", 126, "is a directory"),
        ("./orphan", 126, "interpreter"),
    ],
)
def test_command_that_cannot_run_leaves_no_file(
    tmp_path: Path, command: str, code: int, words: str
) -> None:
    (tmp_path / "data").write_text("x")
    (tmp_path / "orphan").write_text("#!/no/such/interpreter\n")
    (tmp_path / "orphan").chmod(0o755)
    done = record(tmp_path, "-o", "r.ahr", "--", command)
    assert done.returncode == code
    assert words in complaint(done)
    assert not (tmp_path / "r.ahr").exists()


def test_existing_file_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "r.ahr").write_text("precious")
    done = record(tmp_path, "-o", "r.ahr", "--", "touch", "ran")
    assert done.returncode == 125
    assert "already exists" in complaint(done)
    assert (tmp_path / "r.ahr").read_text() == "precious"
    assert not (tmp_path / "ran").exists()
    done = record(tmp_path, "-o", "r.ahr", "--overwrite", "--", "echo", "new")
    assert done.returncode == 0
    assert output(tmp_path / "r.ahr") == b"new\r\n"


def test_directory_is_refused(tmp_path: Path) -> None:
    done = record(tmp_path, "-o", str(tmp_path), "--", "touch", "ran")
    assert done.returncode == 125
    assert "is a directory" in complaint(done)
    assert not (tmp_path / "ran").exists()


def test_read_only_target_is_refused_before_anything_runs(tmp_path: Path) -> None:
    target = "/proc/agentrec/r.ahr"  # read-only for everybody, root too
    done = record(tmp_path, "-o", target, "--", "touch", "ran")
    assert done.returncode == 125
    assert "cannot create the directory /proc/agentrec" in complaint(done)
    assert not (tmp_path / "ran").exists()


def test_unwritable_directory_is_refused(tmp_path: Path) -> None:
    done = record(tmp_path, "-o", "/proc/r.ahr", "--", "touch", "ran")
    assert done.returncode == 125
    assert "cannot write /proc/r.ahr" in complaint(done)
    assert not (tmp_path / "ran").exists()


def test_missing_directories_are_made_private(tmp_path: Path) -> None:
    done = record(tmp_path, "-o", "a/b/r.ahr", "--", "echo", "x")
    assert done.returncode == 0
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert output(tmp_path / "a/b/r.ahr") == b"x\r\n"


@pytest.mark.parametrize(("code", "expected"), [(0, 125), (3, 3)])
def test_full_disk_lets_the_child_finish(tmp_path: Path, code: int, expected: int) -> None:
    """A file that may not grow stands for a full disk; a real one is tried where we may mount."""
    limit = 200_000
    done = record(
        tmp_path,
        *("-o", "full.ahr", "--", "sh", "-c", f"{NOISE}; echo finished; exit {code}"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    check_incomplete(done, tmp_path / "full.ahr", expected)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a small file system")
def test_really_full_disk(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)])
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = record(
            tmp_path, "-o", str(small / "full.ahr"), "--", "sh", "-c", f"{NOISE}; echo finished"
        )
        check_incomplete(done, small / "full.ahr", 125)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def check_not_begun(done: subprocess.CompletedProcess[str], tmp_path: Path, path: Path) -> None:
    assert done.returncode == 125
    assert complaint(done).endswith("; nothing was run")
    assert not (tmp_path / "ran").exists()
    assert not path.exists()


@pytest.mark.parametrize("options", [[], ["--overwrite"]])
def test_full_disk_at_the_start_leaves_no_file(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "full.ahr"
    if options:
        path.write_text("an older recording")
    done = record(
        tmp_path,
        *("-o", str(path), *options, "--", "touch", "ran"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    check_not_begun(done, tmp_path, path)


def test_full_disk_behind_a_link_and_a_device(tmp_path: Path) -> None:
    (tmp_path / "link.ahr").symlink_to(tmp_path / "target.ahr")
    done = record(
        tmp_path,
        *("-o", "link.ahr", "--", "touch", "ran"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    check_not_begun(done, tmp_path, tmp_path / "target.ahr")
    assert (tmp_path / "link.ahr").is_symlink()
    done = record(tmp_path, "-o", "/dev/full", "--overwrite", "--", "touch", "ran")
    assert done.returncode == 125
    assert "No space left" in complaint(done)
    assert Path("/dev/full").is_char_device()
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a small file system")
def test_really_full_disk_at_the_start(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (small / "filling").write_bytes(bytes(64 << 10))
        done = record(tmp_path, "-o", str(small / "full.ahr"), "--", "touch", "ran")
        check_not_begun(done, tmp_path, small / "full.ahr")
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_exit_code_is_right_when_nothing_can_be_said(tmp_path: Path) -> None:
    line = '"$0" -m agentrec record -o /proc/r.ahr -- touch ran 2>/dev/full'
    done = subprocess.run(["sh", "-c", line, RECORD[0]], env=environment(tmp_path), cwd=tmp_path)
    assert done.returncode == 125
    assert not (tmp_path / "ran").exists()


def check_incomplete(done: subprocess.CompletedProcess[str], path: Path, code: int) -> None:
    assert done.returncode == code
    assert done.stdout.endswith("finished\n")
    assert "the recording is incomplete" in complaint(done)
    with Recording.open(str(path)) as recording:
        kept = b"".join(e.data for e in recording.events() if e.name == ("term", "output"))  # type: ignore[misc]
        assert not recording.ended
    assert done.stdout.encode().replace(b"\n", b"\r\n").startswith(kept)


def test_removed_directory_is_made_again_at_the_end(tmp_path: Path) -> None:
    done = record(
        tmp_path, "-o", "gone/r.ahr", "--", "sh", "-c", "echo a; rm -r gone; sleep 0.5; echo b"
    )
    assert (done.returncode, done.stdout) == (0, "a\nb\n")
    assert output(tmp_path / "gone/r.ahr") == b"a\r\nb\r\n"  # and the recording is there again


def test_removed_working_directory(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    done = record(tmp_path, "-o", "r.ahr", "--", "sh", "-c", "cd here; rmdir ../here; echo fine")
    assert (done.returncode, done.stdout) == (0, "fine\n")
    (tmp_path / "there").mkdir()
    line = 'cd there; rmdir ../there; exec "$0" -m agentrec record -o ../gone.ahr -- echo fine'
    done = subprocess.run(
        ["sh", "-c", line, RECORD[0]],
        env=environment(tmp_path) | {"PYTHONPATH": os.getcwd()},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
    assert output(tmp_path / "gone.ahr") == b"fine\r\n"


def test_no_home_is_said_before_anything_runs(tmp_path: Path) -> None:
    env = environment(tmp_path) | {"HOME": "not/absolute"}
    done = record(tmp_path, "--", "touch", "ran", env=env)
    assert done.returncode == 125
    assert "could not find the home directory" in complaint(done)
    assert not (tmp_path / "ran").exists()
    done = record(tmp_path, "-q", "-o", "r.ahr", "--", "echo", "x", env=env)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_runtime_directory_and_with_a_very_long_one(tmp_path: Path) -> None:
    for runtime in ("", str(tmp_path / ("x" * 120))):
        env = environment(tmp_path) | {"XDG_RUNTIME_DIR": runtime}
        script = "sleep 0.3; test -S $AGENTREC_SOCKET && dirname $AGENTREC_SOCKET"
        done = record(
            tmp_path, "-q", "-o", "r.ahr", "--overwrite", "--", "sh", "-c", script, env=env
        )
        assert done.stdout == f"/tmp/agentrec-{os.getuid()}\n"


@pytest.mark.parametrize(
    "options",
    [
        ["--cols", "0"],
        ["--rows", "99999999"],
        ["--prefix-key", "x"],
        ["--cols", "wide"],
        ["--what"],
    ],
)
def test_wrong_options_run_nothing(tmp_path: Path, options: list[str]) -> None:
    done = record(tmp_path, *options, "-o", "r.ahr", "--", "touch", "ran")
    assert done.returncode == 2
    assert "agentrec" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_secrets_are_masked_in_the_header(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    env = environment(tmp_path, MY_API_KEY="hunter2hunter2", PLAIN="value")
    done = record(
        tmp_path,
        *("-q", "-o", "r.ahr", "--env", "MY_API_KEY", "--env", "PLAIN", "--title", f"with {token}"),
        *("--", "true", "--token", "s3cret", f"--header=Authorization: Bearer {token}"),
        env=env,
    )
    assert done.returncode == 0
    with Recording.open(str(tmp_path / "r.ahr")) as recording:
        header = recording.header
    assert header["env"]["MY_API_KEY"] == "***"
    assert header["env"]["PLAIN"] == "value"
    raw = (tmp_path / "r.ahr").read_bytes()
    for secret in (token, "s3cret", "hunter2"):
        assert secret.encode() not in raw


def test_modules_that_a_recording_loads(tmp_path: Path) -> None:
    program = (
        "import sys; from agentrec.cli.main import main;"
        "code = main(['record', '-q', '-o', 'r.ahr', '--', 'true']);"
        "print(code, *sorted(n for n, m in sys.modules.items() if not hasattr(m, '__path__')))"
    )
    done = subprocess.run(
        [RECORD[0], "-c", program],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    code, *modules = done.stdout.split()
    assert code == "0"
    # typing comes when the file is looked at again, after the command has ended.
    heavy = {"textual", "rich", "pyghostty", "cffi", "asyncio", "dataclasses", "pathlib"}
    heavy |= {"subprocess", "tempfile", "inspect", "msgspec", "platformdirs", "tomllib", "logging"}
    assert not heavy & set(modules)
    assert len(modules) < 185  # without the names of packages; more come if `true` takes long
    ours = {name for name in modules if name.startswith("agentrec.")}
    assert not any(
        name.startswith(("agentrec.tui", "agentrec.web", "agentrec.export")) for name in ours
    )


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_shared_descriptors_keep_their_flags(tmp_path: Path) -> None:
    """O_NONBLOCK on a shared descriptor would break the programs that share it."""
    trace = tmp_path / "trace"
    subprocess.run(
        [
            "strace",
            "-o",
            str(trace),
            "-e",
            "trace=fcntl,ioctl",
            *RECORD,
            "-q",
            "-o",
            "r.ahr",
            "--",
            "true",
        ],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    touched = [
        line
        for line in trace.read_text().splitlines()
        if line.startswith(("fcntl(0, F_SETFL", "fcntl(1, F_SETFL", "fcntl(2, F_SETFL"))
        or ("FIONBIO" in line and line.startswith(("ioctl(0,", "ioctl(1,", "ioctl(2,")))
    ]
    assert touched == []


MUCH = "for i in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/urandom | base64; sleep 0.1; done"


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize("command", ["echo shown; exit 7", f"{MUCH}; echo shown; exit 7"])
def test_short_memory_harms_neither_the_command_nor_the_words(tmp_path: Path, command: str) -> None:
    """The recorder does what it has room for. A compressor without memory would end its process."""
    for limit in range(120_000, 520_000, 50_000):  # KiB of address space; a thread wants 8,000
        name = f"{limit}.ahr"
        line = f'ulimit -v {limit}; exec "$0" -m agentrec record --headless -o {name} -- "$@"'
        done = subprocess.run(
            ["sh", "-c", line, RECORD[0], "sh", "-c", command],
            env=environment(tmp_path) | {"LC_ALL": "C"},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == 7, done.stderr
        assert "shown" in done.stdout
        if "is incomplete" not in done.stderr:
            assert "agentrec: recorded" in done.stderr
            assert output(tmp_path / name).decode() == done.stdout.replace("\n", "\r\n")


@pytest.mark.parametrize("name", ["", "-"])
def test_names_that_are_no_file(tmp_path: Path, name: str) -> None:
    done = record(tmp_path, "-o", name, "--", "touch", "ran")
    assert done.returncode == 125
    assert "nothing was run" in complaint(done)
    assert not any(tmp_path.joinpath(found).exists() for found in ("ran", "-"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else's guest")
def test_sudo_with_the_environment_of_a_user(tmp_path: Path) -> None:
    """What `sudo -E` gives: the identity of root, the variables of the user."""
    user, home = 12345, tmp_path / "home"
    runtime = Path(tempfile.mkdtemp(prefix="ar-"))
    for folder in (home, runtime):
        folder.mkdir(exist_ok=True)
        os.chown(folder, user, user)
    named = {name: str(home / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")}
    env = environment(home, XDG_RUNTIME_DIR=str(runtime), **named)
    private = Path(pwd.getpwuid(0).pw_dir, ".local")  # another one, for these processes only
    script = f"""
        mkdir -p {private} && mount -t tmpfs tmpfs {private} || exit 99
        {RECORD[0]} -m agentrec record -o {home}/new/r.ahr -- sh -c 'sleep 0.3' &&
        {RECORD[0]} -m agentrec record -- true && find {private} -name '*.ahr'
    """
    try:
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script],
            env=env,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode == 99:
            pytest.skip("mounting is not allowed here")
        assert done.returncode == 0, done.stderr
        assert f"→ {done.stdout.strip()}" in done.stderr
        made = [path for top in (home, runtime) for path in top.rglob("*") if path.is_dir()]
        assert made == [home / "new"]
        assert made[0].stat().st_uid == user
    finally:
        shutil.rmtree(runtime)
