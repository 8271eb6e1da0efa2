"""Bundles: tasks and what came of them as one JSON file that can be compared, shared and run elsewhere.

``bundle``         what is in one: `agentrec.bundle/v1`, and `kodelyth.session-bundle/v1`, which it extends
``bundle_reader``  reads both, and trusts nothing in them
``bundle_files``   the files a task started with, as those that differ from a commit
``collect``        a bundle of recordings
``scrub``          masks secrets, and reports which
``unpack``         a bundle as recordings that can be run again here
``bundle_archive``   with its recordings, as a tar
"""
