"""Playing: ``replay`` and ``watch``, and ``playback`` without the full-screen player."""
