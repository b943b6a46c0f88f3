"""What a coloured file says of its colours: that a machine made them, and which."""

import colornet


def software() -> str:
    """The program with its version."""
    return f"colornet {colornet.__version__}"


def sentence(model: str) -> str:
    """For readers, of pictures coloured with the model of that name."""
    return f"Colours made by a machine: {software()}, model {model}."
