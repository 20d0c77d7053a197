"""Inputs of a converted model that have the names of columns."""

import re
from typing import Any

__all__ = ["restore_names"]


def _identifiers(names: list[str]) -> dict[str, str]:
    """Return the names that skl2onnx gives to inputs, one after another, with those that they had."""
    found: dict[str, str] = {}
    for name in names:
        start = made = re.sub(r"^(?=[0-9])", "_", re.sub(r"[^\w+]", "_", name))
        number = 0
        while made in found:
            number += 1
            made = f"{start}{number}"
        found[made] = name
    return found


def restore_names(graph: Any, names: list[str]) -> None:
    """Give inputs the names of their columns, of which skl2onnx makes identifiers.

    Parameters
    ----------
    graph : onnx.GraphProto
        Is changed.
    names : list of str
        Of the columns, in the order in which skl2onnx was given them.
    """
    renamed = {made: name for made, name in _identifiers(names).items() if made != name}
    if renamed:
        for value in graph.input:
            value.name = renamed.get(value.name, value.name)
        _rename_uses(graph, renamed)


def _rename_uses(graph: Any, renamed: dict[str, str]) -> None:
    for node in graph.node:
        for number, name in enumerate(node.input):
            node.input[number] = renamed.get(name, name)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                _rename_uses(inner, renamed)
    for value in graph.output:  # an input that is passed on
        value.name = renamed.get(value.name, value.name)
