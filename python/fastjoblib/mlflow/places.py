"""What the flavor is called, and where the model is in it."""

__all__ = ["FLAVOR_NAME", "MODEL_FILE"]

FLAVOR_NAME = "fastjoblib"

# Not read from the MLmodel file when a model is loaded: a stranger's could name any file.
MODEL_FILE = "model.joblib"
