"""Celery's settings; what it does and how often stands in ngo/timetable.py.

Celery is the clock and the hands, never the memory: rows in PostgreSQL are.

No `eta`, no `countdown`, no crontab: beyond the broker's visibility timeout the first two run again and again, and crontabs
misfire when the clock changes. Intervals in UTC; what is due at a shelter's own hour is decided by our code and a unique row.
"""

import os
import signal
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from celery.beat import BeatLazyFunc
from celery.platforms import SecurityWarning
from celery.signals import task_success, worker_process_init, worker_ready

from ngo.local.servers import die_with
from ngo.timetable import TIMETABLE, note_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ngo.settings")


def now() -> str:
    return datetime.now(UTC).isoformat()


# Celery warns a worker of root's because of pickle, which we do not accept; see also docs/running.md on users.
warnings.filterwarnings("ignore", category=SecurityWarning, module="celery.platforms")

app = Celery("posada")
app.config_from_object("django.conf:settings", namespace="CELERY")  # The broker's address.
app.conf.update(
    timezone="UTC",
    enable_utc=True,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    # A task whose worker dies is given to another one; every task may therefore run twice and must not mind.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "global_keyprefix": "posada:",  # Two applications may share one Redis.
        "visibility_timeout": 1800,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,  # By default only every tenth sweep looks for lost tasks.
        "socket_keepalive": True,
        "health_check_interval": 30,
    },
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=True,
    worker_max_tasks_per_child=2000,
    worker_max_memory_per_child=300_000,  # Kilobytes.
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks()


@worker_process_init.connect
def die_with_the_worker(**_more: object) -> None:
    """A worker that is killed takes its processes along, in the middle of a task too, which is then given to another one."""
    die_with(os.getppid(), signal.SIGKILL)


@worker_ready.connect
def sweep_at_once(**_more: object) -> None:
    """What fell due while nobody worked does not wait for beat; and whoever asks whether all is ready soon hears it."""
    app.send_task("cases.tasks.send_due_reminders", expires=60)


# --- The timetable -----------------------------------------------------------------------------------------------------
@task_success.connect
def note_what_was_done(sender: Any, **_more: object) -> None:
    """So that one piece of work that never comes to its end can be seen, while the others go on."""
    note_task(sender.name)


app.conf.beat_schedule = {
    "heartbeat": {
        "task": "ngo.tasks.heartbeat",
        "schedule": timedelta(seconds=10),
        "args": [BeatLazyFunc(now)],
        "options": {"expires": 60},  # One that waited longer says nothing about now.
    },
    **{
        work.name: {
            "task": work.task,
            "schedule": work.every,
            # While one takes longer, the next ones do not pile up behind it.
            "options": {"expires": work.every.total_seconds()},
        }
        for work in TIMETABLE
    },
}
