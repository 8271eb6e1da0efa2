"""The benchmark: every figure is a ratio to, or a difference from, a peer measured in the same run."""
