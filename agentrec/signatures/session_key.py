"""The key of one recording: made when it starts, only in memory, gone when it ends."""

from agentrec.errors import RecorderError
from agentrec.signatures import sshsig

_ALGORITHM = "ssh-ed25519"


class SessionKey:
    """A fresh Ed25519 key; ``public`` is its public half as in an ``.pub`` file.

    Raises RecorderError where the library is missing.
    """

    def __init__(self) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ImportError:
            raise RecorderError(
                "signing needs cryptography, which is not installed; nothing was run",
                "install cryptography where agentrec is installed (the extra `sign`)",
            ) from None
        self._private = Ed25519PrivateKey.generate()
        raw = self._private.public_key().public_bytes_raw()
        self._blob = sshsig.string(_ALGORITHM.encode()) + sshsig.string(raw)
        self.public = sshsig.key_line(sshsig.PublicKey(_ALGORITHM, self._blob))

    def sign(self, text: str) -> str:
        """The signature of ``text``, as in a ``.sig`` file."""
        signature = self._private.sign(sshsig.to_be_signed(text.encode()))
        return sshsig.armored(
            self._blob, sshsig.string(_ALGORITHM.encode()) + sshsig.string(signature)
        )
