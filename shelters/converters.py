"""What may stand in an address: a night, as the ISO date of its evening. Anything else is no page."""

from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2199


class NightConverter:
    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, text: str) -> date:
        night = date.fromisoformat(text)
        if not FIRST_YEAR <= night.year <= LAST_YEAR:
            raise ValueError(text)
        return night

    def to_url(self, night: date | str) -> str:
        return night if isinstance(night, str) else night.isoformat()
