"""The life of a model: versions in a directory, each a sealed file with a card beside it."""
