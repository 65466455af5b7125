"""Finding a thing by questions."""
