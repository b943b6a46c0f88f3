"""A film as a source: frames in order, with true times, and packets to be copied."""
