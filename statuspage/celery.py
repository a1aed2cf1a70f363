"""The Celery application: queues, ticks, and nothing that must not be lost.

A message only says "look now" (law 1): every tick expires before the next-but-one, no result is
kept, nothing is retried here. The queues: `core` (ticks, recording), `send`, `publish`, and one
`probe.<region>` per region.
"""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")

from django.conf import settings

from statuspage.own_lists import OwnLists
from statuspage.own_ticks import Heard, OwnTicks

app = Celery("statuspage", broker=settings.REDIS_URL, task_cls=Heard)
app.steps["worker"].update({OwnLists, OwnTicks})
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    task_default_queue="core",
    task_queues=[Queue("core"), Queue("send"), Queue("publish"), Queue("probe.default")],
    task_create_missing_queues=True,
    task_routes={
        "subscribers.tasks.*": {"queue": "send"},
        "incidents.tasks.tell_team": {"queue": "send"},
        # Whether publishing fails is asked where publishing does not go on.
        "statuspage.tasks.alarm": {"queue": "core"},
        "statuspage.tasks.*": {"queue": "publish"},
    },
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # A worker never gives up on its broker, and looks by itself meanwhile (own_ticks).
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        # One list for each queue, of the queue's own name: what a region may read is told by that name.
        "priority_steps": [0],
    },
    beat_schedule_filename=str(settings.STATE_DIR / "beat-schedule"),
    beat_max_loop_interval=1,
    beat_schedule={
        "probe": {"task": "monitors.tasks.tick", "schedule": 1.0, "options": {"expires": 2}},
        "sweep": {"task": "monitors.tasks.sweep", "schedule": 5.0, "options": {"expires": 10}},
        "latency": {"task": "monitors.tasks.roll", "schedule": 60.0, "options": {"expires": 60}},
        "freeze": {"task": "monitors.tasks.freeze", "schedule": 60.0, "options": {"expires": 60}},
        "partitions": {"task": "monitors.tasks.maintain", "schedule": 3600.0, "options": {"expires": 3600}},
        "incidents": {"task": "incidents.tasks.tick", "schedule": 1.0, "options": {"expires": 2}},
        "tell_team": {"task": "incidents.tasks.tell_team", "schedule": 1.0, "options": {"expires": 2}},
        "incidents_tidy": {"task": "incidents.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
        "send": {"task": "subscribers.tasks.send", "schedule": 1.0, "options": {"expires": 2}},
        "read_bounces": {
            "task": "subscribers.tasks.read_bounces",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "tidy": {"task": "subscribers.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
        "publish": {"task": "statuspage.tasks.publish", "schedule": 1.0, "options": {"expires": 2}},
        "doubt": {"task": "statuspage.tasks.doubt", "schedule": 15.0, "options": {"expires": 15}},
        "follow_up": {"task": "statuspage.tasks.follow_up", "schedule": 1.0, "options": {"expires": 2}},
        "alarm": {"task": "statuspage.tasks.alarm", "schedule": 10.0, "options": {"expires": 10}},
        "look": {"task": "statuspage.tasks.look", "schedule": 20.0, "options": {"expires": 20}},
        "drill": {"task": "statuspage.tasks.drill", "schedule": 1.0, "options": {"expires": 2}},
        "forget": {"task": "statuspage.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600}},
        "remind_of_drills": {
            "task": "statuspage.tasks.remind_of_drills",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "reports": {"task": "incidents.tasks.hear", "schedule": 15.0, "options": {"expires": 15}},
        "export": {"task": "statuspage.tasks.export", "schedule": 20.0, "options": {"expires": 20}},
    },
)
app.autodiscover_tasks(["monitors", "incidents", "subscribers", "statuspage"])
