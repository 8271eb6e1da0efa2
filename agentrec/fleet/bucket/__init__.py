"""What is in a remote, and how it gets there and back.

``remote``              an object store behind a URL: create, read, list; its errors in one line
``directory_listing``   what is in a remote that is a directory
``object_names``        what objects are called
``stored_version``      one state of a recording, and its JSON
``file_parts``          a file as objects: checksums, upload, download that go on after a kill
``ranged_file``         a file of which only what somebody looks at is fetched
``remote_listing``      the recordings of a remote and their versions
"""
