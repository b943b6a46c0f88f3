"""A film on its way: its frames, their shots and colours, and what is told of it."""
