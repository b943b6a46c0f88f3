"""A film as a target: codecs and containers, finished pieces, and the whole."""
