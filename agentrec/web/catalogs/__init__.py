"""The served recordings, listed by ids that are safe in URLs.

``catalog``         recordings on this machine
``remote_catalog``  recordings in object storage, which are read in ranges
"""
