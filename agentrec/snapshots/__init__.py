"""The files: take, diff, inspect, restore.

``place``    which directory a snapshot is of, and where its store lives
``rules``    what is in a snapshot and what stays out, as data; ``ignore`` the patterns
``scan``     a directory tree as it is now, reading only what changed
``pack``     git objects, written without git          ``store``    a private git directory per workspace
``take``     a snapshot of now                         ``contents`` what is in one
``compare``  what differs                              ``restore``  going back, and back again
``checkout`` files of a snapshot in another directory  ``blame``    who wrote a line
``worker``   takes snapshots in a process of its own   ``process``  that process, from outside
``taker``    asks it to while recording, when ``triggers`` say so
``tidy``     makes a store smaller                     ``retention`` what may go

A user's own repository is only ever read. Importing this package costs nothing.
"""
