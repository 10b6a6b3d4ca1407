"""People as lists show them. A list is some hundreds of rows, again every minute: rows and light tuples, not models."""

from datetime import date
from typing import NamedTuple

from cases.models import Named

OF_A_FACE = ["id", "given_names", "first_surname", "second_surname", "preferred_name", "name_key", "born_on"]


class _Face(NamedTuple):
    pk: int
    given_names: str
    first_surname: str
    second_surname: str
    preferred_name: str
    name_key: str
    born_on: date | None


class Face(Named, _Face):
    """Someone as far as a list shows them."""

    __slots__ = ()


def of_face(path: str) -> list[str]:
    """The columns of a face for `values_list`, by the path to a person ("person")."""
    return [f"{path}__{name}" for name in OF_A_FACE]
