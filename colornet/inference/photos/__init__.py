"""Photographs: files to grey pictures, and coloured ones to files like them."""
