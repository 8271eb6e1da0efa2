"""The user's key in hardware: OpenSSH's own code, and a program that computes what a device does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.signatures.helpers import allow, checked, recorded

HERE = Path(__file__).parent


@pytest.fixture
def touches(tmp_path, env):
    """A file with a line for each signature of the security key, whose environment is set."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler")
    library = tmp_path / "security_key.so"
    source = str(HERE / "security_key.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    file = tmp_path / "touches"
    env["SSH_SK_PROVIDER"] = str(library)
    env["SECURITY_KEY_PROGRAM"] = f"{sys.executable} {HERE / 'security_key.py'}"
    env["SECURITY_KEY_TOUCHES"] = str(file)
    return file


def made(folder, env):
    path = folder / "touch"
    words = ("-t", "ed25519-sk", "-N", "", "-C", "me@x", "-f", path)
    subprocess.run(["ssh-keygen", "-q", *words], env=env, check=True, capture_output=True)
    return path


def test_one_touch_signs_a_whole_recording(tmp_path, env, touches):
    key = made(tmp_path, env)
    done, path = recorded(tmp_path, env, "--sign", key)
    assert done.returncode == 0, done.stderr
    assert touches.read_text() == "touched\n"
    report = checked(path, allow(tmp_path, key))
    assert (report.integrity, report.completeness) == ("intact", "complete")
    assert report.trust == "allowed"


def test_a_security_key_that_the_agent_has(tmp_path, touches, agent):
    key = made(tmp_path, agent)
    subprocess.run(["ssh-add", "-q", key], env=agent, check=True)
    key.unlink()
    done, path = recorded(tmp_path, agent, "--sign", key.with_name("touch.pub"))
    assert done.returncode == 0, done.stderr
    assert touches.read_text() == "touched\n"
    assert checked(path, allow(tmp_path, key)).trust == "allowed"


def test_a_security_key_that_is_not_plugged_in(tmp_path, env, touches):
    key = made(tmp_path, env)
    env["SECURITY_KEY_PROGRAM"] = "false"
    done, path = recorded(tmp_path, env, "--sign", key)
    assert (done.returncode, path.exists()) == (125, False)
    assert f"cannot sign with {key}" in done.stderr
    assert "nothing was run" in done.stderr
