"""The text that the shipped language model is trained on: kinds, filter, order and manifest."""
