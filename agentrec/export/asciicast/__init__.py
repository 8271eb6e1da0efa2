"""asciicast, the format of asciinema: ``v1`` (read only), ``v2`` and ``v3``.

- ``parse``: what reading them has in common
- ``encode``: what writing them has in common
"""
