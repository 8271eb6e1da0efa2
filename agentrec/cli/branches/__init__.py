"""Commands for branches, one module each.

``branch``    continues from a point of a recording
``branches``  shows what was branched from what, and removes branches
``resume_run``  goes on from a step of a run inside a program
``ghost``     plays a run again, its model's answers taken from the recording; ``ghost_play``: how;
              ``ghost_as_server``: for other clients
``rerun``     runs a task again, varied
``bundle``    puts tasks into a file that can be run elsewhere
"""
