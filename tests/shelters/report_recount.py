"""One night of one house, counted by hand from the rows of the tables: plain Python and docs/capacity.md, nothing of Posada."""

import json
from collections import Counter
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
AWAY = {"leave", "absent"}
AGES = [(6, "0-5"), (12, "6-11"), (18, "12-17"), (60, "18-59"), (999, "60+")]


class Tables:
    """Every row of the tables that a night is counted from, as dictionaries."""

    NAMES = [
        *("shelters_shelter", "shelters_space", "shelters_bed", "shelters_bedperiod", "shelters_bedblock"),
        *("shelters_stay", "shelters_placement", "shelters_rollcall", "shelters_rollcallmark", "shelters_turnaway"),
        "shelters_act",
        *("shelters_mealcount", "shelters_item", "shelters_lot", "shelters_stockmove"),
        *("cases_person", "cases_case", "cases_legalprovider", "cases_weeklyslot", "cases_slotbooking"),
    ]

    def __init__(self, connection):
        self.rows = {}
        with connection.cursor() as cursor:
            for name in self.NAMES:
                cursor.execute(f"SELECT * FROM {name} ORDER BY id")
                columns = [column.name for column in cursor.description]
                self.rows[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def of(self, name, **wanted):
        return [row for row in self.rows[name] if all(row[key] == value for key, value in wanted.items())]

    def one(self, name, **wanted):
        (row,) = self.of(name, **wanted)
        return row


def reaches(span, moment):
    """Whether a half-open period holds a moment. One that lasted no time, a move in the same instant, holds none."""
    if span.isempty:
        return False
    return (span.lower is None or span.lower <= moment) and (span.upper is None or moment < span.upper)


def age(born_on, day):
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


class Night:
    def __init__(self, tables, shelter_id, night, now):
        self.tables, self.night, self.now = tables, night, now
        self.shelter = tables.one("shelters_shelter", id=shelter_id)
        zone = ZoneInfo(self.shelter["zone"])
        self.zone = zone
        self.ends = datetime.combine(night + DAY, self.shelter["morning_at"], zone)
        self.begins = datetime.combine(night, self.shelter["morning_at"], zone)
        self.last = self.ends.astimezone(ZoneInfo("UTC")) - timedelta(microseconds=1)
        self.at = min(self.last, now)
        self.stays = [row for row in tables.of("shelters_stay", shelter_id=shelter_id) if row["voided_at"] is None]
        going = [row for row in self.stays if self.goes_on(row)]
        self.guests = {row["person_id"] for row in going}
        self.answers = self.answers_about({row["id"]: row["person_id"] for row in going})
        self.away = {person for person in self.guests if self.answers.get(person) in AWAY}
        self.here = self.guests - self.away

    def goes_on(self, stay):
        return stay["arrived_at"] <= self.at and (stay["departed_at"] is None or stay["departed_at"] > self.at)

    def answers_about(self, person_of_stay):
        self.roll_call = next(iter(self.of("shelters_rollcall", night=self.night)), None)
        if self.roll_call is None:
            return {}
        marks = self.tables.of("shelters_rollcallmark", roll_call_id=self.roll_call["id"], is_current=True)
        marks = sorted(marks, key=lambda mark: (mark["happened_at"], mark["id"]))
        return {person_of_stay[mark["stay_id"]]: mark["answer"] for mark in marks if mark["stay_id"] in person_of_stay}

    def of(self, name, **wanted):
        return self.tables.of(name, shelter_id=self.shelter["id"], **wanted)

    # --- Places ---

    def beds(self, space_id):
        """Each bed that stood in a space on the night, with whether it can be slept in."""
        for period in self.tables.of("shelters_bedperiod", space_id=space_id):
            if reaches(period["nights"], self.night):
                blocks = self.tables.of("shelters_bedblock", bed_id=period["bed_id"])
                bed = self.tables.one("shelters_bed", id=period["bed_id"])
                yield bed, not any(reaches(row["nights"], self.night) for row in blocks)

    def place_of(self, person):
        rows = [
            row
            for row in self.of("shelters_placement", person_id=person)
            if row["state"] in {"in", "out"} and reaches(row["actual"], self.at)
        ]
        return rows[0] if rows else None

    def spaces(self):
        places = {person: self.place_of(person) for person in self.guests}
        self.unplaced = Counter()
        rows = {row["id"]: Counter() for row in self.of("shelters_space")}
        usable_beds = set()
        for space_id, row in rows.items():
            for bed, is_usable in self.beds(space_id):
                row["surge" if bed["is_surge"] else "nominal"] += 1 if is_usable or not bed["is_surge"] else 0
                row["out_of_service"] += not bed["is_surge"] and not is_usable
                if is_usable and not bed["is_surge"]:
                    usable_beds.add(bed["id"])
        surge_beds = {bed["id"] for bed in self.tables.of("shelters_bed", is_surge=True)}
        for hold in [
            row for state in ("held", "expired", "released") for row in self.of("shelters_placement", state=state)
        ]:
            if hold["state"] == "released" and not self.was_released_later(hold):
                continue
            in_force = hold["hold_expires_at"] > self.at and reaches(hold["planned"], self.last)
            if in_force and hold["bed_id"] not in surge_beds:
                (rows[hold["space_id"]] if hold["space_id"] else self.unplaced)["held"] += 1
        for person, place in places.items():
            row = rows[place["space_id"]] if place and place["space_id"] else self.unplaced
            if person in self.away:
                row["away"] += 1
                kept = bool(place) and place["bed_id"] in usable_beds
                row["held"] += kept
                row["away_without_bed"] += not kept
            else:
                row["occupied"] += 1
                on_surge = place and place["space_id"] and (place["bed_id"] is None or place["bed_id"] in surge_beds)
                row["occupied_surge"] += bool(on_surge)
        for space in self.of("shelters_space"):
            row = rows[space["id"]]
            usable = row["nominal"] - row["out_of_service"]
            row["free"] = max(0, usable - row["held"] - row["occupied"])
            if space["fire_limit"] is not None:
                people = row["occupied"] + row["held"] + row["away_without_bed"]
                row["free"] = max(0, min(row["free"], space["fire_limit"] - people))
            row["over"] = max(0, row["occupied"] - usable)
            if space["kind"] == "cubicle" and (row["occupied"] or row["away"]):  # The rest of it is that family's.
                row["kept"] = row["free"]
                row["held"], row["free"] = row["held"] + row["free"], 0
        return rows

    def was_released_later(self, hold):
        """Given back or used after the night was counted: by the act that did it, if it stands."""
        acts = [
            act
            for act in self.of("shelters_act", undone_at=None)
            if hold["id"] in json.loads(act["changed"]).get("released", [])
        ]
        return any(act["happened_at"] > self.at and act["recorded_at"] > self.at for act in acts)

    def totals(self, rows):
        names = ("nominal", "out_of_service", "held", "surge", "occupied", "occupied_surge")
        found = {name: sum(row[name] for row in [*rows.values(), self.unplaced]) for name in names}
        room = max(0, sum(row["free"] for row in rows.values()) - self.unplaced["held"])
        fitting = min(self.unplaced["occupied"], room)
        kept = min(self.unplaced["away"], room - fitting)
        without = self.unplaced["occupied"] - fitting
        found["occupied_surge"] += without
        found["over"] = sum(row["over"] for row in rows.values()) + without
        found["held"] += kept
        found["free"] = room - fitting - kept
        return found

    # --- People ---

    def people(self):
        found = Counter()
        for person in self.here:
            row = self.tables.one("cases_person", id=person)
            kept = (
                self.place_of(person) or {}
            )  # What the file said when they were placed; the file, where it said nothing.
            born = kept.get("born_on") or row["born_on"]
            known = born is not None and born <= self.night
            band = next(word for limit, word in AGES if age(born, self.night) < limit) if known else "unknown"
            found[kept.get("sex") or row["sex"] or "unknown", band] += 1
        return found

    def groups(self):
        found = Counter()
        for person in self.here:
            cases = self.tables.of("cases_case", person_id=person)
            cases = [row for row in cases if row["closed_at"] is None or row["closed_at"] > self.at]
            cases.sort(key=lambda row: (row["opened_at"], row["id"]))
            found[cases[0]["group"] if cases else "none"] += 1
        return found

    def visits(self):
        """From when to when each person was here: stays that overlap or touch are one visit."""
        never = datetime.max.replace(tzinfo=self.ends.tzinfo)
        found = {}
        for row in sorted(self.stays, key=lambda row: row["arrived_at"]):
            begins, ends = row["arrived_at"], row["departed_at"] or never
            mine = found.setdefault(row["person_id"], [])
            if begins > self.at:
                continue
            if mine and begins <= mine[-1][1]:
                mine[-1][1] = max(mine[-1][1], ends)
            else:
                mine.append([begins, ends])
        return [visit for mine in found.values() for visit in mine]

    def moved(self, edge):
        """How many visits began (0) or ended (1) between the night's own morning hour and the next one, until now."""
        return sum(self.begins <= visit[edge] < self.ends and visit[edge] <= self.at for visit in self.visits())

    # --- What else ---

    def parties(self):
        return [row for row in self.of("shelters_turnaway", night=self.night) if row["voided_at"] is None]

    def meals(self):
        served = {row["meal"]: row["served"] for row in self.of("shelters_mealcount", day=self.night)}
        return {meal: served.get(meal) for meal in ("breakfast", "lunch", "supper")}

    def staples(self):
        return [self.cover(item) for item in self.of("shelters_item", is_staple=True, is_active=True)]

    def cover(self, item):
        """Of an item without a date of expiry: what is left by its moves, and how many days that lasts."""
        lots = self.tables.of("shelters_lot", item_id=item["id"])
        moves = [move for lot in lots for move in self.tables.of("shelters_stockmove", lot_id=lot["id"])]
        if not lots:
            return {"id": item["id"], "left": None, "days": None, "is_low": False}
        left = sum((move["quantity"] for move in moves), Decimal(0))
        rate = item["daily_per_head"] * len(self.here) if item["daily_per_head"] is not None else None
        rate = rate or self.used_in_a_day(moves)
        if not rate:
            return {"id": item["id"], "left": left, "days": None, "is_low": left == 0}
        days = min(Decimal(9999), left / rate)
        return {"id": item["id"], "left": left, "days": int(days), "is_low": days < item["low_days"]}

    def used_in_a_day(self, moves):
        since = datetime.combine(self.night - 13 * DAY, time(0), self.zone)
        until = datetime.combine(self.night + DAY, time(0), self.zone)
        undone = {row["undoes_id"] for row in moves}
        out = [row for row in moves if row["kind"] == "out" and since <= row["happened_at"] < until]
        used = -sum((row["quantity"] for row in out if row["id"] not in undone), Decimal(0))
        first = min(row["happened_at"] for row in moves).astimezone(self.zone).date()
        return used / min(14, max(1, (self.night - first).days + 1))

    def legal_slots(self):
        mine = self.tables.of("cases_legalprovider", organisation_id=self.shelter["organisation_id"], is_active=True)
        if not mine:
            return None
        monday = self.night + DAY * (7 - self.night.weekday())
        free = 0
        for provider in mine:
            for slot in self.tables.of("cases_weeklyslot", provider_id=provider["id"]):
                day = monday + DAY * slot["weekday"]
                runs = slot["since"] <= day and (slot["until"] is None or day <= slot["until"])
                free += runs and not self.tables.of("cases_slotbooking", slot_id=slot["id"], day=day, released_at=None)
        return free

    def figures(self):
        """Everything that a report says of the night, by the report's own names; the store and the slots apart."""
        rows = self.spaces()
        parties = self.parties()
        reasons = Counter()
        for party in parties:
            reasons[party["reason"]] += party["party_size"]
        has_roll_call = self.roll_call is not None
        answers = Counter(self.answers[person] for person in self.guests if person in self.answers)
        return {
            **self.totals(rows),
            "away": len(self.away) if has_roll_call else None,
            "counted": sum(answers.values()) if has_roll_call else None,
            "arrivals": self.moved(0),
            "departures": self.moved(1),
            "turned_away": sum(reasons.values()) if parties else None,
            "turned_away_parties": len(parties) or None,
            "turned_away_reasons": dict(reasons) if parties else None,
            "roll_call": {
                "present": answers["present"],
                "on_leave": answers["leave"],
                "absent": answers["absent"],
                "not_counted": len(self.guests) - sum(answers.values()),
            }
            if has_roll_call
            else None,
            "rooms": self.rooms(rows),
            "spaces": {pk: dict(row) for pk, row in rows.items()},
            "kinds": self.kinds(rows),
            "people": dict(self.people()),
            "groups": dict(self.groups()),
            "meals": self.meals(),
        }

    def rooms(self, rows):
        """The family rooms, and the empty beds counted one by one. Of a house that is open."""
        cubicles = [rows[space["id"]] for space in self.of("shelters_space") if space["kind"] == "cubicle"]
        here = [row for row in cubicles if row["occupied"] or row["away"]]
        others = [row for row in cubicles if not row["occupied"] and not row["away"]]
        with_beds = [row for row in here if row["nominal"]]
        usable = len(with_beds) + sum(row["nominal"] > row["out_of_service"] for row in others)
        kept = sum(row["kept"] for row in here)
        return {
            "usable": usable,
            "taken": len(with_beds),
            "free": sum(row["free"] > 0 for row in others),
            "free_beds": self.totals(rows)["free"] + kept,
            "kept": kept,
        }

    def kinds(self, rows):
        found = {}
        for space in self.of("shelters_space"):
            found.setdefault(space["kind"], Counter()).update(rows[space["id"]])
        return {kind: dict(row) for kind, row in found.items()}
