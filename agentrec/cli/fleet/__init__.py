"""Commands about recordings in object storage.

push, pull, sync: one command each; ls_remote: `ls --remote`; remote_options: what they share.
"""
