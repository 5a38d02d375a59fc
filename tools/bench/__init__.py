"""``make bench``: what the house costs beside the bare thing, on generated cases."""
