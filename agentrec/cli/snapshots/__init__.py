"""Commands for snapshots, one module each.

``snapshots``       lists them              ``snapshot``  takes one
``files``           lists the files of one  ``show``      prints a file of one
``diff``            compares two            ``blame``     when a line was written
``open``            writes one into a directory
``restore``         restores one in place   ``undo``      undoes that
``snapshot_names``  FILE@SNAP on the command line
"""
