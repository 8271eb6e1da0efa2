"""Building a release; see scripts/release."""
