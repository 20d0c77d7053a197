"""Encoders and vectorizers of scikit-learn that make sparse matrices.

They give column numbers from their attributes to SciPy, which does not compare them
with the shape; the compiled code that gets the matrix next reads, or writes, by them.
"""

from typing import Any

from fastjoblib import _core
from fastjoblib._safe.checks.values import array, attributes, demand, indices, integer, same, text
from fastjoblib._safe.rules import Refused

__all__ = [
    "check_dict_vectorizers",
    "check_hashers",
    "check_label_binarizers",
    "check_one_hot_encoders",
    "check_text_hashers",
    "check_text_vectorizers",
]


def _check_columns(columns: Any, what: str) -> None:
    """Refuse a dict unless its values are whole numbers from 0 to its length."""
    demand(type(columns) is dict, what, "a dict", columns)
    if not _core.are_columns(columns):
        raise Refused(f"{what}: a column from 0 to {len(columns) - 1} was expected for each name")


def check_dict_vectorizers(models: list[Any]) -> None:
    """DictVectorizer: a column for each name."""
    for model in models:
        state = attributes(model)
        if "vocabulary_" in state:
            _check_columns(state["vocabulary_"], "vocabulary_")


def check_text_vectorizers(models: list[Any]) -> None:
    """CountVectorizer and TfidfVectorizer: the same, of what a caller gives as text."""
    check_dict_vectorizers(models)
    _check_inputs(models)


def _check_inputs(models: list[Any]) -> None:
    """Refuse what would take a caller's texts for names of files, and open these."""
    for model in models:
        text(attributes(model).get("input"), "input of a vectorizer", ("content",))


def check_hashers(models: list[Any]) -> None:
    """FeatureHasher, whose compiled code divides by n_features."""
    for model in models:
        integer(attributes(model).get("n_features"), "n_features of a hasher", 1, 2**31 - 1)


def check_text_hashers(models: list[Any]) -> None:
    """HashingVectorizer, which makes a FeatureHasher for texts."""
    check_hashers(models)
    _check_inputs(models)


def check_label_binarizers(models: list[Any]) -> None:
    """MultiLabelBinarizer: a column for each class."""
    for model in models:
        state = attributes(model)
        if state.get("_cached_dict") is not None:
            _check_columns(state["_cached_dict"], "_cached_dict")
        if "classes_" in state:
            classes = array(state["classes_"], "classes_", 1).tolist()
            same(len(set(classes)), len(classes), "number of different classes_")


def check_one_hot_encoders(models: list[Any]) -> None:
    """OneHotEncoder: as many columns for a feature as its codes, after grouping and dropping, may need."""
    for model in models:
        state = attributes(model)
        if "categories_" not in state and "_n_features_outs" not in state:
            continue
        categories, outs = state.get("categories_"), state.get("_n_features_outs")
        demand(type(categories) is list, "categories_", "a list", categories)
        demand(type(outs) is list, "_n_features_outs", "a list", outs)
        same(len(outs), len(categories), "length of _n_features_outs")
        same(state.get("n_features_in_"), len(categories), "n_features_in_ of a OneHotEncoder")
        groups = _groups(state, categories)
        drops = _drops(state.get("_drop_idx_after_grouping"), len(categories))
        for each, out, group, drop in zip(categories, outs, groups, drops, strict=True):
            n_codes = _count_codes(each, group)
            if drop is not None:
                integer(drop, "_drop_idx_after_grouping", 0, n_codes - 1)
                n_codes -= 1
            integer(out, "_n_features_outs", n_codes)


def _groups(state: Any, categories: list[Any]) -> list[Any]:
    """For each feature, what the codes of its categories become, or None.

    A value that is unknown gets the first of the infrequent codes before.
    """
    if not state.get("_infrequent_enabled"):
        return [None] * len(categories)
    names = ("_default_to_infrequent_mappings", "_infrequent_indices")
    for name in names:
        value = state.get(name)
        demand(type(value) is list and len(value) == len(categories), name, f"a list of {len(categories)}", value)
    groups, infrequent = (list(state[name]) for name in names)
    for each, group, unknown in zip(categories, groups, infrequent, strict=True):
        demand((group is None) == (unknown is None), names[1], "the same features", unknown)
        if unknown is not None:
            indices(unknown, names[1], len(array(each, "categories_", 1)))
            demand(unknown.size > 0, names[1], "a category", unknown)
    return groups


def _drops(value: Any, length: int) -> list[Any]:
    if value is None:
        return [None] * length
    found: list[Any] = array(value, "_drop_idx_after_grouping", 1, "Oi", (length,)).tolist()
    return found


def _count_codes(categories: Any, group: Any) -> int:
    """How many codes a feature may get.

    Numbers and times are looked up by searchsorted, which returns the position of what is there
    only if they are sorted (with at most one nan, at the end).
    """
    array(categories, "categories_", 1)
    if categories.dtype.kind in "iufbmM":
        known = categories[:-1] if categories.size and categories[-1] != categories[-1] else categories
        if not (known[1:] > known[:-1]).all():
            raise Refused("categories_: sorted numbers were expected")
    elif categories.dtype.kind not in "OUS":
        raise Refused(f"categories_: no categories of dtype {categories.dtype} are known")
    if group is None:
        return int(categories.size)
    array(group, "_default_to_infrequent_mappings", 1, "i", (categories.size,))
    demand(group.size > 0 and group.min() >= 0, "_default_to_infrequent_mappings", "codes", group)
    return int(group.max()) + 1
