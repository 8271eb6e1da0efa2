"""Conversations beside the snapshots: copies of agents' transcripts, for branches from any point.

Agents delete, compress and rewrite their transcripts. A copy is kept in the store of the workspace, as long
as the snapshots of a recording that needs it.

``kept_file``   the file format: a transcript as it grows, compressed
``keeper``      copies transcripts while they grow
``shelf``       the folder of a store: which recording needs which copies, and removing the others

A transcript only grows, so every point of it is a prefix of one file, and recordings that continue the same
conversation share it.
"""
