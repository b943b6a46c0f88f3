"""The web page: its parts, and what its visitors work on."""
