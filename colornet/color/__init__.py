"""Colour science: pure functions on `keras.ops`."""
