"""The one exception that a service raises for the person at the desk."""


class Refused(Exception):
    """A rule of the house said no. `str(refused)` is a translated sentence that says what to do next.

    `overridable` is true where the rule bends: the same call with a reason goes through (product.md, principle 6).
    """

    def __init__(self, sentence, *, overridable: bool = False):
        super().__init__(sentence)
        self.sentence = sentence
        self.overridable = overridable

    def __str__(self) -> str:
        return str(self.sentence)
