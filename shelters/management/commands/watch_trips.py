"""The clock of the trips without Celery: `manage.py watch_trips [--loop]`."""

from ngo import timetable
from ngo.loops import LoopCommand
from shelters.services import trip_alarms


class Command(LoopCommand):
    help = "Tell of trips that are not back and erase those that ended: once, or with --loop until it is stopped."
    name = timetable.TRIPS
    does = ("trips-not-back",)

    def once(self) -> str:
        done = trip_alarms.look()
        return f"{done.told} steps told, {done.sent} sent, {done.failed} failed, {done.erased} erased"
