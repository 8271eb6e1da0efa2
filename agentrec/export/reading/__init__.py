"""Files of any format, as recordings.

detect_format  the format of a file, by its first bytes
readable       what is made of a file of another format, kept for the next time
"""
