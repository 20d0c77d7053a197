"""Loss functions of scikit-learn: their links must keep the shape of what they get."""

from typing import Any

from fastjoblib._safe.checks.values import attributes, demand

__all__ = ["check_loss"]


def check_loss(loss: Any) -> None:
    """Refuse unless it is a loss of scikit-learn, with a link of its own.

    Boosting adds its trees to what loss.link.link has returned.
    """
    import sklearn._loss.link
    import sklearn._loss.loss

    demand(
        type(loss).__module__ == "sklearn._loss.loss" and isinstance(loss, sklearn._loss.loss.BaseLoss),
        "_loss",
        "a loss of scikit-learn",
        loss,
    )
    link = attributes(loss).get("link")
    demand(isinstance(link, sklearn._loss.link.BaseLink), "link of _loss", "a link of scikit-learn", link)
    demand(not {"link", "inverse"} & attributes(link).keys(), "link of _loss", "no method of its own", link)
