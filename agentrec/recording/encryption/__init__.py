"""Recordings that only their recipients can open (see docs/format.md, "Encrypted recordings").

An encrypted recording is an ordinary one, cut into pieces that are encrypted as they are written. So
encryption is a layer between the file and everything that reads or writes recordings:

``envelope``         the frames of the file, and how a piece is encrypted
``recipients``       who may open a recording: public keys, to which keys are wrapped
``encryptor``        writing: frames of a recording in, frames of the file out
``identities``       private keys, which open what was encrypted to their public ones
``own_keys``         keys made here, so that a recorder can read what it writes
``decrypted_file``   reading: the recording inside, as a file
``outside``          checking a file without a key
``sealed_copy``      an encrypted copy of a recording that is not encrypted
``encrypted_input``  whether a file is encrypted, and the recording inside it
"""
