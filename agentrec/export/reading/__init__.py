"""Files of any format, as recordings.

detect_format  the format of a file, by its first bytes
page_reader    pages that the HTML export made
film_output    their pictures as output of a terminal
readable       what is made of a file of another format, kept for the next time
keeping        a file of any format as a recording in the library
"""
