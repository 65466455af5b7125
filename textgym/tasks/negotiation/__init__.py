"""Dividing items with a partner."""
