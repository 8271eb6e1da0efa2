"""Masking the secrets of a recording that exists, wherever they are kept.

``scrub_run``            one scrub: what it finds, what it writes, what it says
``copy_scrub``           the same into a copy
``masked_file``          the recording itself: terminal, events, header
``masked_snapshots``     the files of snapshots, for all recordings that share them
``masked_conversations`` copies of agents' transcripts
``masked_bytes``         secrets in bytes of files, masked at the same length
``scrub_journal``        everything takes effect or nothing, also if the process is killed
``index_scrub``          the library's index
``findings``             how many secrets were found where, by rule
"""
