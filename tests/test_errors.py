"""Reasons of the operating system, as they are told."""

import errno
import os

import pytest

from agentrec.errors import why_of


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(errno.EACCES, "Permission denied", "/a"), "Permission denied: /a"),
        (OSError(errno.EACCES, "Permission denied", b"/a"), "Permission denied: /a"),
        (OSError("odd"), "odd"),
    ],
)
def test_a_file_is_named_if_it_is_known(error, why):
    assert why_of(error) == why


def test_a_full_disk_has_no_name():
    with pytest.raises(OSError, match="No space left") as full, open("/dev/full", "wb", 0) as file:
        file.write(b"x")
    assert why_of(full.value) == os.strerror(errno.ENOSPC)
