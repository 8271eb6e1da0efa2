"""The file format, version 2 (see docs/format.md), from the outside in.

``frames``    checksummed frames
``checksum``  their checksums
``walk``      all frames of a file, finding the next one after damage
``header``    the JSON object in the first frame
``segments``  writing: segments of chunks, the hash chain, index and end
``segment_decoder``  reading: from frames back to records
``batch``     the records of a chunk, as columns
``moved_chunk``  a chunk that is copied as a whole
``codec``     events as records and back
``index``     the trailing index
``compressed_file``  files that are compressed as a whole
``work_limit``  how much work reading a recording may be
"""
