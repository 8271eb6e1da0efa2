"""A bundle together with its recordings, as a tar of plain files: `bundle.json` and `recordings/*.ahr`."""

from __future__ import annotations

import io
import os
import re
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.config import open_plain
from agentrec.errors import FormatError, InputError, OutputError
from agentrec.rerun.bundles.bundle_reader import MAX_BYTES, parse_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from agentrec.rerun.bundles.bundle import Bundle

BUNDLE = "bundle.json"
_RECORDING = re.compile(r"recordings/[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.ahr")
_MAX_MEMBERS = 1001
_MAX_RECORDING_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_MAX_HEADER_BYTES = 64 << 10


def write_archive(out: IO[bytes], text: str, recordings: Mapping[str, str]) -> None:
    """Write a tar with the bundle's JSON and the recordings: path on disk by slug. Raises OSError."""
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        data = text.encode(errors="surrogatepass")
        tar.addfile(_member(BUNDLE, len(data)), io.BytesIO(data))
        for slug, path in recordings.items():
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                tar.addfile(_member(f"recordings/{slug}.ahr", size), file)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Without owner, mode and time of this machine."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member


class _TarInput(io.FileIO):
    """A tar whose headers are small: tarfile would hold what extended ones claim, and parse all of it."""

    max_bytes = _MAX_HEADER_BYTES  # of one reading

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= self.max_bytes:
            raise FormatError(f"{self.name} has a header that is too large")
        return super().read(size)


def is_archive(path: str) -> bool:
    """Whether a file is a tar."""
    try:
        with open_plain(path), _TarInput(path) as file:
            return tarfile.is_tarfile(file)
    except (FormatError, RecursionError):
        return True  # a broken one
    except OSError:
        return False


def read_archive(path: str) -> Bundle:
    """The bundle in a tar. Raises InputError, FormatError."""
    with _opened(path) as (tar, members):
        return parse_bundle(_read(tar, members[BUNDLE], MAX_BYTES), f"{BUNDLE} in {path}")


def extract_archive(path: str, folder: str) -> list[str]:
    """Write bundle and recordings into ``folder``, which must be empty or not exist; returns the files.

    Everything is checked first. Raises InputError, FormatError, OutputError.
    """
    with _opened(path) as (tar, members):
        parse_bundle(_read(tar, members[BUNDLE], MAX_BYTES), f"{BUNDLE} in {path}")
        try:
            os.makedirs(os.path.join(folder, "recordings"), exist_ok=True)
            if set(os.listdir(folder)) != {"recordings"} or os.listdir(f"{folder}/recordings"):
                raise OutputError(
                    f"{folder} is not empty", "choose a directory that does not exist"
                )
            return [_extract(tar, member, folder) for member in members.values()]
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {error.strerror}") from None


@contextmanager
def _opened(path: str) -> Iterator[tuple[tarfile.TarFile, dict[str, tarfile.TarInfo]]]:
    """A tar and its members, which were checked. Raises InputError, FormatError."""
    try:
        with _TarInput(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            members = _checked(tar, path)
            file.max_bytes = MAX_BYTES + 1
            yield tar, members
    except (OSError, tarfile.TarError) as error:
        raise InputError(f"cannot read {path}: {error}") from None
    except RecursionError:
        raise FormatError(f"{path} has too many headers of one member") from None


def _checked(tar: tarfile.TarFile, path: str) -> dict[str, tarfile.TarInfo]:
    """The members by name: regular files of the two kinds, and nothing else. Raises FormatError."""
    found: dict[str, tarfile.TarInfo] = {}
    try:
        for member in tar:
            name = member.name
            if len(found) >= _MAX_MEMBERS or name in found or not member.isreg():
                raise FormatError(f"{path} has a member that is not allowed: {name[:200]!r}")
            if name != BUNDLE and not _RECORDING.fullmatch(name):
                raise FormatError(f"{path} has a member that is not allowed: {name[:200]!r}")
            if member.sparse or member.size > _MAX_RECORDING_BYTES:
                raise FormatError(f"{path} has a member that is too large: {name}")
            found[name] = member
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise FormatError(f"{path} is damaged: {error}") from None
    if BUNDLE not in found:
        raise FormatError(f"{path} has no {BUNDLE}")
    return found


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    file = tar.extractfile(member)
    return file.read(limit + 1) if file else b""


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: str) -> str:
    place = os.path.join(folder, *member.name.split("/"))
    source = tar.extractfile(member)
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(fd, "wb") as target:
        while source and (chunk := source.read(_CHUNK_BYTES)):
            target.write(chunk)
    return place
