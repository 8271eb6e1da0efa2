"""A key for all tests of a module, since making one takes a process; a home, and an agent of its own."""

import os
import subprocess
import time

import pytest

from tests.signatures.helpers import make_key


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def env(tmp_path):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


@pytest.fixture
def agent(env, tmp_path):
    """The environment of a running ssh-agent."""
    path = tmp_path / "agent"
    # It takes security keys by what the test's directory has.
    command = ["ssh-agent", "-D", "-P", f"{tmp_path}/*", "-a", path]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        env["SSH_AUTH_SOCK"] = str(path)
        while not path.exists():
            assert process.poll() is None
            time.sleep(0.01)
        yield env
        process.terminate()
