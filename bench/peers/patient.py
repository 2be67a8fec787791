"""gunicorn's settings for whoever is to run on Latchkey's worker: its connections, each worker on one processor."""

import os

from serving.patience import PatientWorker

worker_class = PatientWorker


def post_worker_init(worker):
    """Stay on a processor, as Latchkey's workers do where each has one."""
    ours = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {ours[worker.age % len(ours)]})
