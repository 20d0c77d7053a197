"""The life of a model: versions in a directory, each a sealed file with a card beside it."""

from fastjoblib._models.card import ModelCard
from fastjoblib._models.latest import rollback
from fastjoblib._models.listing import compare_models, list_models
from fastjoblib._models.loading import load_model
from fastjoblib._models.saving import save_model
from fastjoblib._models.sizes import check_size

__all__ = ["ModelCard", "check_size", "compare_models", "list_models", "load_model", "rollback", "save_model"]
