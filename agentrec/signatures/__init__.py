"""Signatures: the user's SSH key signs a key of the recording, which signs digests of its records.

See docs/signatures.md. The first three run in the recorder.

``record_digest``   digests of decoded records, however they are stored
``session_key``     the key of one recording, and its signatures
``signer``          signs while a recording is written
``statement``       what is signed: texts of two kinds
``sshsig``          OpenSSH's format of signatures
``ssh_keygen``      OpenSSH's program: signs with the user's key, verifies
``user_key``        which key is the user's
``signed``          the statements in a recording
``authentic``       which of them the recording's key signed, and in which order
``digest_check``    which records are as they were signed
``check``           whether a recording is what was signed, and all of it
``origin``          what others name that are made of a signed recording
``in_words``        a signature as a line
``statement_files`` statements and signatures as files, for `ssh-keygen -Y verify`
"""
