"""The integration as it is usually written: one RQ job for each event, one POST to Planhat for each job."""

import json
import os

from flask import Flask, request
from flask.typing import ResponseReturnValue
from redis import Redis
from rq import Queue

from bench.baseline.job import create_task
from bench.baseline.proof import proven_body


def create_app() -> Flask:
    """Take CRM_SECRET and REDIS_URL from the environment."""
    app = Flask(__name__)
    secret = os.environ["CRM_SECRET"]
    queue = Queue("glue", connection=Redis.from_url(os.environ["REDIS_URL"]))

    @app.post("/webhooks/crm")
    def receive() -> ResponseReturnValue:
        events = json.loads(proven_body(request, secret))["events"]
        for event in events:
            queue.enqueue(create_task, event)
        return {"accepted": len(events)}, 202

    return app
