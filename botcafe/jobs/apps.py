"""Jobs as a Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Holds the heartbeats of workers; its migrations also keep the queue of django-tasks-db in line with the code."""

    name = "botcafe.jobs"
    label = "jobs"
