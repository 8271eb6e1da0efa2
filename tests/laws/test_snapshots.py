"""Laws of snapshots: taking and restoring any tree is the identity, and undo is its inverse."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.snapshots.restore.checkout import checkout
from tests.snapshots.helpers import git, picture, restorer, taker


def reads_everything():
    """Whether we may read a file that forbids it, as root may."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        return os.access(file.name, os.R_OK)


# Any byte but NUL and the slash; what is out by rule has names of its own, tested elsewhere.
odd = st.sampled_from(
    ["ü", "測試", "a\nb", " ", "-x", '"', "\\", "*", "a b", "\udcff\udc80", "\x1b[31m", "é"]
)
plain = st.sampled_from(["a", "b", "c", "d.py", "A", "a.b", "a-", "a0"])
names = st.one_of(plain, plain, odd)
file_modes = st.sampled_from(
    [
        0o644,
        0o644,
        0o755,
        0o600,
        0o400,
        0o777,
        0o4755,
        0o666,
        *([0o000] if reads_everything() else []),
    ]
)
folder_modes = st.sampled_from([0o755, 0o755, 0o700, 0o555, 0o1777, 0o500])
contents = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"", b"\r\n" * 3, b"$Id$\n", b"*.log\n"]),
    st.integers(65_530, 65_540).map(lambda size: b"x" * size),
)
files = st.tuples(st.just("file"), contents, file_modes)
links = st.tuples(
    st.just("link"), st.sampled_from(["a", "..", ".", "/etc/passwd", "b/a", "none", "\udcff"])
)
trees = st.recursive(
    st.one_of(files, files, links),
    lambda inner: st.tuples(
        st.just("folder"), st.dictionaries(names, inner, max_size=4), folder_modes
    ),
    max_leaves=14,
)
roots = st.dictionaries(names, trees, max_size=5)


def build(folder, tree):
    for name, (kind, *rest) in tree.items():
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        if kind == "link":
            os.symlink(os.fsencode(rest[0]), path)
            continue
        if kind == "file":
            with open(path, "wb") as file:
                file.write(rest[0])
        else:
            os.mkdir(path)
            build(path, rest[0])
        os.chmod(path, rest[1])


def clear(folder):
    for entry in os.scandir(folder):
        if entry.name == ".git":
            continue
        if entry.is_dir(follow_symlinks=False):
            for place, _, _ in os.walk(os.fsencode(entry.path)):
                os.chmod(place, 0o700)
            shutil.rmtree(os.fsencode(entry.path))
        else:
            os.unlink(os.fsencode(entry.path))


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(first=roots, second=roots, repository=st.booleans())
def test_restore_of_take_is_the_identity_and_undo_its_inverse(first, second, repository):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "work"
        folder.mkdir()
        if repository:
            git(folder, "init", "-q")
        build(folder, first)
        before = picture(folder)
        takes = taker(folder, Path(place))
        snapshot, new = takes.take()
        assert new
        assert takes.take() == (snapshot, False)

        clear(folder)
        build(folder, second)
        between = picture(folder)
        restores = restorer(takes)
        planned = restores.plan(snapshot)
        assert picture(folder) == between
        done = restores.restore(snapshot)
        assert done.troubles == []
        assert done.plan == planned
        assert picture(folder) == before
        assert restores.restore(snapshot).plan.empty

        if done.safety is not None:
            restores.undo()
            assert picture(folder) == between
        other = Path(place) / "other"
        assert checkout(takes.store, snapshot, str(other)) == []
        assert picture(other) == before
        takes.store.close()
        clear(folder)
        clear(other)
