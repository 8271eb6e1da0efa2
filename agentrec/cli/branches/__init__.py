"""Commands for branches, one module each.

``branch``    continues from a point of a recording
``branches``  shows what was branched from what, and removes branches
"""
