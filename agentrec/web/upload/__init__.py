"""Files that are sent to the server, and become recordings of the library.

upload_endpoint  takes a file, one at a time
added_file       puts it into the library, unless it is there
"""
