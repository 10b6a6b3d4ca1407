"""The kitchen's sheet in words: a meal plan as tables, and the special diets by bed."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cases.models import Diet, Person
from ngo.templatetags.posada import short_date
from shelters.services.meals import UNKNOWN_DIET, AgeBand, Eater, MealPlan, age_band

Row = tuple[str, list[tuple[str, int]]]  # What it is about; then each meal with its heads.


@dataclass(frozen=True)
class SpecialDiet:
    """One person whom the kitchen cooks for apart. Never why."""

    bed: str
    called: str
    age: str
    diets: str
    is_away: bool


@dataclass
class Sheet:
    """What the kitchen's page shows of a plan."""

    columns: list[str]
    total: list[tuple[str, int]]
    bands: list[Row] = field(default_factory=list)
    diets: list[Row] = field(default_factory=list)
    special: list[SpecialDiet] = field(default_factory=list)


def sheet_of(plan: MealPlan, *, names: bool) -> Sheet:
    """The tables of a plan; with `names` the first name and an initial stand beside the bed, without it the initials."""
    meals = plan.meals
    columns = [_("%(meal)s, %(day)s") % {"meal": heads.meal.label, "day": short_date(heads.day)} for heads in meals]
    sheet = Sheet(columns, list(zip(columns, [heads.total for heads in meals], strict=True)))
    for band in AgeBand:
        counts = [heads.by_band[band] for heads in meals]
        if any(counts) or band != AgeBand.UNKNOWN:
            sheet.bands.append((str(band.label), list(zip(columns, counts, strict=True))))
    for diet in [*Diet.values, UNKNOWN_DIET]:
        counts = [heads.by_diet.get(diet, 0) for heads in meals]
        if any(counts):
            sheet.diets.append((diet_words(diet), list(zip(columns, counts, strict=True))))
    sheet.special = [_special(eater, plan, names) for eater in plan.special]
    return sheet


def diet_words(code: str) -> str:
    return str(Diet(code).label) if code else _("Special diet, nobody wrote which: ask")


def _special(eater: Eater, plan: MealPlan, names: bool) -> SpecialDiet:
    return SpecialDiet(
        bed=eater.bed or _("No bed"),
        called=short_name(eater.person) if names else eater.person.initials,
        age=str(age_band(eater.person, plan.tomorrow).label),
        diets=", ".join(diet_words(diet) for diet in eater.diets),
        is_away=eater.is_away,
    )


def short_name(person: Person) -> str:
    """What the cook calls across the room: the first name and an initial."""
    return " ".join([person.called, *(f"{letter.upper()}." for letter in person.first_surname[:1])])
