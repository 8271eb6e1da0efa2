"""Scanning a directory: which files are in a snapshot, and which changed.

``workspace``        which directory a snapshot is of, and where its store is
``snapshot_rules``   what is in and what is left out, from the defaults (``defaults.toml``) and the settings
``path_selection``   decides for each path, by the rules, ignore files and what git tracks
``user_repository``  what the user's own repository says; it is only read
``scanner``          walks the directory tree
``changes``          what a scan looks at, if it is known what changed
``tree_watcher``     decides whether only what changed since the last scan is scanned
``tree_watches``     which directories that is, by inotify
``mounts``           what is mounted around a directory, and on which file system it is
``shared_mappings``  files that processes write to without anything that reports it
``file_source``      where the scanner gets files from
``file_reader``      reads files that may change meanwhile
``directory_tree``   the result of a scan, in memory
``scan_cache``       the result of a scan, in a file
"""
