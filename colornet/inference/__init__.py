"""From grey files to coloured files, with an exported model."""
