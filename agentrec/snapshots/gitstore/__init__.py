"""The store of a directory's snapshots: git objects in a private bare repository.

``snapshot_store``  the store and its layout: commits, heads, the lock
``git``             runs git, on stores and for reading on the user's repository
``pack``            writes objects as packs, without git
``objects``         reads objects, through one git process
``damage``          finds a pack that is not as it was written
``repack``          makes a store smaller while nobody waits
``chain_pack``      snapshots of a recording as one pack, for another machine
"""
