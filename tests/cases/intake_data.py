"""What a browser sends from the intake: `posted(person("Ana"), person("Luis", relationship="child"))`."""

MEMBER = {
    "given_names": "",
    "first_surname": "",
    "second_surname": "",
    "birth_day": "",
    "birth_month": "",
    "birth_year": "",
    "birth_age": "",
    "relationship": "",
    "nationality": "",
    "speaks": "",
    "reads": "",
    "preferred_name": "",
    "gender": "",
    "group": "",
    "person": "",
    "asked": "",
    "other": "",
}
FAMILY = {
    "group": "us_appointment",
    "together": "yes",
    "bed_wish": "",
    "phone": "",
    "phone_country": "",
    "shared_with": "",
    "record": "verbal",
    "notice_language": "spa",
}


def person(given_names="Marisol", born="8 2 1992", **more):
    """One row. `born` is "day month year", or "" for nothing."""
    parts = dict(zip(["birth_day", "birth_month", "birth_year"], born.split(), strict=False)) if born else {}
    return MEMBER | {"given_names": given_names, "sex": "f", "relationship": "head"} | parts | more


def child(given_names="Mateo", born="1 3 2020", **more):
    return person(given_names, born, **({"relationship": "child", "sex": "m"} | more))


def posted(*people, **more):
    data = {"members-TOTAL_FORMS": str(len(people)), "members-INITIAL_FORMS": "0"} | FAMILY | more
    for place, row in enumerate(people):
        data |= {f"members-{place}-{name}": value for name, value in row.items()}
    return {name: value for name, value in data.items() if value is not None}
