"""Measures of how near coloured pictures come to the truth."""
