"""Exported models: how they are made."""
