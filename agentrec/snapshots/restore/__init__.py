"""Restoring the files of a snapshot.

``restore``          restores in place: the plan, a snapshot first, and undoing it
``undo_log``         what restores did, so that they can be undone
``checkout``         writes the files into another directory
``apply``            makes a directory what a snapshot says
``confined_writer``  writes below one directory and nowhere else
"""
