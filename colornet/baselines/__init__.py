"""Systems of others, for comparison: each learned from the same records, one a file."""
