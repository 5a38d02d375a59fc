"""``make chaos``: a house at work, its processes killed at random, then everything counted."""
