"""Parts of the report on redaction.

``kinds``        how many kinds of secrets are masked
``growth``       what is left of a secret in a line that is repainted while it grows
``false_masks``  what is masked in files, logs and listings without secrets
"""
