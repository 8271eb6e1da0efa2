"""Keeping secrets out of recordings: what a secret is, and masks over it.

``rules``           what a secret looks like, as data
``own``             rules of the user and of the project
``secret_rules``    finds secrets in text by the rules
``command_line``    masks command lines, environments and single lines of text
``json_redaction``  masks the JSON of events
``event_mask``      masks events while recording (the default)
``bulk_mask``       finds the few of many events that may hold a secret
``masking_writer``  masks output, input and events while recording (``record --redact``)
``pace``            how much output can be searched in time
``masked_stream``   one stream of bytes on its way through the masking writer
``two_pass``        masks a finished recording
``screen``          finds the secrets in terminal output by what the terminal shows

Importing this package costs next to nothing: `record` starts with it.
"""

from agentrec.redact.command_line import MASK, mask_command, mask_text, mask_value

__all__ = ["MASK", "mask_command", "mask_text", "mask_value"]
