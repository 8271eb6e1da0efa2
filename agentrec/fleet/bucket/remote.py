"""An object store behind a URL, through obstore. What goes wrong is one clear line."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from agentrec.config import make_folders
from agentrec.errors import AgentrecError, ExitCode, UsageError
from agentrec.fleet.bucket.directory_listing import directory_files
from agentrec.fleet.bucket.object_names import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SCHEMES = ("s3", "gs", "az", "file")
EXAMPLES = "use s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///DIRECTORY"
# A request is tried again by the library, with growing pauses.
MAX_RETRIES = 14
MAX_PAUSE_SECONDS = 10
RETRY_TIMEOUT_SECONDS = 60
# At the beginning, when the address may be wrong.
CHECK_RETRIES = 2
CONNECT_TIMEOUT_SECONDS = 10
REQUEST_TIMEOUT_SECONDS = 600  # of one part, on a slow line
_MAX_REASON_CHARS = 300
_METADATA_SERVICES = ("169.254.169.254", "metadata.google.internal")
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "file": "check the permissions of the directory",
}
_NO_CONNECTION = "error sending request"
_ANSWER = re.compile(r"<Code>([^<]*)</Code>.*?<Message>([^<]*)</Message>", re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]*)")
_INVALID_NAME = re.compile(r'Error parsing Path "(.*?)": ', re.DOTALL)
_REFUSED = re.compile(r"status code: 40[13]|PermissionDenied|Unauthenticated")


class RemoteError(AgentrecError):
    """A remote cannot be read or written."""

    code = ExitCode.INPUT


class RemoteObject(NamedTuple):
    """An object of a listing. ``modified`` is in seconds of Unix time, by the store's clock."""

    key: str
    size: int
    modified: float
    e_tag: str


class Remote:
    """An object store. Any thread may use it. Methods raise RemoteError.

    ``impatient`` is the same store with few retries, for a server that does not answer. ``directory`` is the
    path of a store that is a directory, else empty.
    """

    def __init__(
        self, url: str, scheme: str, store: Any, impatient: Any, directory: str = ""
    ) -> None:
        self.url = url
        self._directory = directory
        self._scheme, self._patient, self._impatient = scheme, store, impatient
        self._is_lost = False

    @property
    def _store(self) -> Any:
        """After no answer for a minute, each of a thousand recordings would wait as long."""
        return self._impatient if self._is_lost else self._patient

    def create(self, key: str, data: bytes, *, must_be_same: bool = True) -> None:
        """Write an object, unless it is there already; then it has to be the same if ``must_be_same``.

        Returns when it is certain that the store has these bytes.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            result = obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            if must_be_same:
                self._check(key, data, "")
        except Exception as error:  # noqa: BLE001 - the library raises errors of many kinds
            raise self._error(f"cannot write {key}", error) from None
        else:
            self._is_lost = False
            self._check(key, data, result["e_tag"] or "")

    def check(self) -> None:
        """Raises RemoteError if it cannot be read: it would be the same for every object."""
        next(self._listed(self._impatient, ROOT), None)

    def has(self, there: RemoteObject, data: bytes) -> bool:
        """Whether an object of a listing has these bytes."""
        if there.size != len(data):
            return False
        return _is_md5(there.e_tag, data) or self.read(there.key, len(data)) == data

    def read(self, key: str, limit: int) -> bytes:
        """An object of at most ``limit`` bytes."""
        import obstore

        try:
            answer = obstore.get(self._store, key)
            if answer.meta["size"] > limit:
                raise RemoteError(f"{key} is larger than it can be: {answer.meta['size']:,} bytes")
            data = bytes(answer.bytes())
        except RemoteError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            raise self._error(f"cannot read {key}", error) from None
        self._is_lost = False
        return data

    def read_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes of an object from ``start`` up to ``end``, which it has."""
        import obstore

        try:
            data = bytes(obstore.get_range(self._store, key, start=start, end=end))
        except Exception as error:  # noqa: BLE001 - see above
            raise self._error(f"cannot read {key}", error) from None
        self._is_lost = False
        if len(data) != end - start:
            raise RemoteError(f"{key} in {self.url} is shorter than its name says")
        return data

    def remove(self, key: str) -> None:
        """Remove an object of the index, if it is there; nothing else is ever removed."""
        import obstore

        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except Exception as error:  # noqa: BLE001 - see above
            raise self._error(f"cannot remove {key}", error) from None

    def list(self, prefix: str) -> Iterator[RemoteObject]:
        """All objects below the folder ``prefix``."""
        return self._listed(self._store, prefix)

    def _listed(self, store: Any, prefix: str) -> Iterator[RemoteObject]:
        import obstore

        if self._directory:
            yield from self._files(prefix)
            return
        try:
            for chunk in obstore.list(store, prefix=prefix):
                for item in chunk:
                    modified = item["last_modified"].timestamp()
                    tag = item["e_tag"] or ""
                    yield RemoteObject(item["path"], item["size"], modified, tag)
        except Exception as error:  # noqa: BLE001 - see above
            raise self._error(f"cannot list {self.url}", error) from None

    def _files(self, prefix: str) -> Iterator[RemoteObject]:
        try:
            for file in directory_files(self._directory, prefix):
                yield RemoteObject(*file, e_tag="")
        except OSError as error:
            raise RemoteError(
                f"cannot list {error.filename}: {error.strerror}", _CREDENTIALS["file"]
            ) from None

    def _check(self, key: str, data: bytes, e_tag: str) -> None:
        """Raises RemoteError unless the store has ``data``: by its checksum, or else by reading it back."""
        if not _is_md5(e_tag, data) and self.read(key, len(data)) != data:
            raise RemoteError(
                f"{key} in {self.url} has other content than its name says",
                "remove that object and push again",
            )

    def _error(self, what: str, error: Exception) -> RemoteError:
        text = str(error).partition("\n\nDebug source")[0]
        if any(host in text for host in _METADATA_SERVICES):
            return RemoteError(f"{what}: no credentials found", _CREDENTIALS[self._scheme])
        self._is_lost = _NO_CONNECTION in text
        if name := _INVALID_NAME.search(text):  # the library lists nothing beside it
            return RemoteError(
                f"{what}: an object has an invalid name, {name[1][:_MAX_REASON_CHARS]!r}",
                "remove that object with another program",
            )
        is_refused = _REFUSED.search(f"{type(error).__name__} {text}")
        where = what if self.url in what else f"{what} in {self.url}"
        hint = _CREDENTIALS[self._scheme] if is_refused else ""
        return RemoteError(f"{where}: {_reason(text)}", hint)


def open_remote(url: str, *, create: bool = False) -> Remote:
    """The store behind ``url``; ``create`` makes a missing directory. Raises UsageError, RemoteError."""
    scheme = scheme_of(url)
    try:
        from obstore.store import from_url
    except ImportError:
        raise UsageError(
            "object storage needs obstore, of the extra `fleet`",
            "install obstore where agentrec is installed",
        ) from None
    if scheme == "file":
        directory = unquote(urlsplit(url).path)
        _check_directory(directory, create=create)
        store = from_url(url)
        return Remote(url, scheme, store, store, directory)

    def opened(max_retries: int) -> Any:
        retries: Any = {
            "max_retries": max_retries,
            "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_SECONDS),
            "backoff": {"max_backoff": timedelta(seconds=MAX_PAUSE_SECONDS)},
        }
        options = _client_options()
        return from_url(url, retry_config=retries, client_options=options, **_config(scheme))

    try:
        return Remote(url, scheme, opened(MAX_RETRIES), opened(CHECK_RETRIES))
    except Exception as error:  # noqa: BLE001 - see above
        raise UsageError(f"cannot use {url}: {_reason(str(error))}", _CREDENTIALS[scheme]) from None


def scheme_of(url: str) -> str:
    """The scheme of the URL of a remote. Raises UsageError."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket without its other half
        raise UsageError(f"invalid remote {url!r}", EXAMPLES) from None
    if parts.scheme not in SCHEMES or parts.query or parts.fragment:
        raise UsageError(f"invalid remote {url!r}", EXAMPLES)
    if parts.username or parts.password or "@" in parts.netloc:
        raise UsageError(
            f"invalid remote {parts.scheme}://{parts.hostname}: it has credentials in it",
            _CREDENTIALS[parts.scheme],
        )
    is_directory = parts.scheme == "file"
    named = parts.path.strip("/") and not parts.netloc if is_directory else parts.hostname
    if not named:
        raise UsageError(f"invalid remote {url!r}", EXAMPLES)
    return parts.scheme


def _check_directory(path: str, *, create: bool) -> None:
    if create:
        try:
            make_folders(path)
        except OSError as error:
            raise RemoteError(f"cannot create {path}: {error.strerror}") from None
    if not os.path.isdir(path):
        raise RemoteError(f"{path} is not a directory")


def _client_options() -> Any:
    options: dict[str, Any] = {
        "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_SECONDS),
        "timeout": timedelta(seconds=REQUEST_TIMEOUT_SECONDS),
    }
    endpoints = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "GOOGLE_BASE_URL")
    if any(os.environ.get(name, "").startswith("http://") for name in endpoints):
        options["allow_http"] = True  # whoever sets the address knows
    return options


def _config(scheme: str) -> dict[str, Any]:
    """S3 checks what arrives by a checksum of ours, unless the environment says otherwise."""
    if scheme != "s3" or os.environ.get("AWS_CHECKSUM_ALGORITHM"):
        return {}
    return {"config": {"checksum_algorithm": "sha256"}}


def _is_md5(e_tag: str, data: bytes) -> bool:
    """Whether a tag is the MD5 of ``data``, as S3 gives it to plain objects."""
    return e_tag.strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest()


def _reason(text: str) -> str:
    """What the library says, on one line and without its own structure."""
    text = text.partition("\n\nDebug source")[0]
    if answer := _ANSWER.search(text):
        return f"{answer[1]}: {answer[2]}"[:_MAX_REASON_CHARS]
    if status := _STATUS.search(text):
        return f"the server answered {status[1].strip()}"
    if _NO_CONNECTION in text:
        return "no connection to the server"
    return " ".join(text.split())[:_MAX_REASON_CHARS]
