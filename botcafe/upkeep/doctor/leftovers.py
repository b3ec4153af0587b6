"""What dead processes have left: reservations of keys, jobs that are marked as running, ends of replies in files."""

from pathlib import Path

from django.conf import settings

from botcafe.areas.companions.turns.generations import find_running, free_reservations
from botcafe.areas.keys.quotas import list_abandoned
from botcafe.chat.generation.spool import FOLDER, list_left_ends, store_spooled_ends
from botcafe.jobs.dead_tasks import list_dead_tasks, requeue_dead_tasks
from botcafe.upkeep.doctor.findings import Findings


def check_reservations(found: Findings) -> None:
    """Calls that are over and still stand against a key's limits; a server that runs sees to them itself."""
    lost = list_abandoned(find_running)
    if found.is_mending:
        free_reservations()
    for number in lost:
        found.add("reservations of calls that are over", f"reservation {number}", mended=found.is_mending)


def check_tasks(found: Findings) -> None:
    """The next worker takes them up; without one they stay."""
    dead = list_dead_tasks(Path(settings.DATA))
    if found.is_mending:
        requeue_dead_tasks(Path(settings.DATA))
    for task in dead:
        found.add("jobs of workers that are dead", str(task.task_path), mended=found.is_mending)


def check_spool(found: Findings) -> None:
    """The next server stores them; those that could not be read are for people to look at."""
    left = list_left_ends()
    if found.is_mending:
        store_spooled_ends()
    for path in left:
        found.add("ends of replies that are not stored", path.name, mended=found.is_mending and not path.exists())
    advice = f"Look at them in {FOLDER}/ of the data folder, and delete them."
    for path in sorted((Path(settings.DATA) / FOLDER).glob("*.unread")):
        found.add("ends of replies that cannot be read", path.name, advice=advice)
