"""Photographs and films of every layout, and how they become clips."""
