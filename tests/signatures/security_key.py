"""What a security key does: ``make`` prints a seed and its public key, ``sign`` a signature, in hex.

As FIDO2 has it, the signed bytes are the SHA-256 of the application, the flags, a counter and the SHA-256 of
the message. Called by ``security_key.c``.
"""

import hashlib
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def main(what, *words):
    if what == "make":
        seed = os.urandom(32)
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        print((seed + public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hex())
        return
    flags, counter = int(words[0]), int(words[1])
    seed, application, message = map(bytes.fromhex, words[2:])
    signed = hashlib.sha256(application).digest() + bytes([flags]) + counter.to_bytes(4, "big")
    signed += hashlib.sha256(message).digest()
    print(Ed25519PrivateKey.from_private_bytes(seed).sign(signed).hex())
    with Path(os.environ["SECURITY_KEY_TOUCHES"]).open("a") as file:
        file.write("touched\n")


main(*sys.argv[1:])
