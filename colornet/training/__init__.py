"""Losses and the training program."""
