"""A line of what waits for someone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One line. `state` colours it, `chip` is the word at its end."""

    state: str
    icon: str
    title: str
    detail: str
    url: str
    chip: str
