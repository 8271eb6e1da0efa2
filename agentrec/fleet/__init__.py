"""Recordings in object storage: S3, Google Cloud Storage, Azure Blob Storage or a directory.

``bucket``            what is in a remote, and how it gets there and back
``index``             what can be found in recordings, as Parquet files beside them
``query``             search, costs and totals over the index, by ClickHouse
``fleet_settings``    the remote that is used without an option
``attachments``       snapshots and kept conversations that belong to a recording
``local_recording``   a recording on this machine, as it is pushed
``on_the_way``        what is done with recordings on their way: masked, encrypted
``push``              from here to a remote
``pull``              from a remote to here
``sync``              what has to be pushed and pulled so that both have everything
``seen_ids``          what was here and in a remote: so that what was removed does not come back
``spool``             a folder for what is made on the way
``bounded_work``      the same work for many recordings, a few at a time

Needs the extra ``fleet``. Nothing is ever overwritten in a remote, and nothing removed but files
of the index that another one has taken the place of, so writers need no locks.
"""
