"""The player: a recorded terminal in the user's own, on a timeline one can move along."""
