"""Networks: lightness clips in, chroma logits out."""
