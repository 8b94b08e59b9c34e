"""The smallest durable intake there can be: check the signature, push the raw body, answer."""

import os

from flask import Flask, request
from flask.typing import ResponseReturnValue
from redis import Redis

from bench.baseline.proof import proven_body


def create_app() -> Flask:
    """Take CRM_SECRET and REDIS_URL from the environment."""
    app = Flask(__name__)
    secret = os.environ["CRM_SECRET"]
    redis = Redis.from_url(os.environ["REDIS_URL"])

    @app.post("/webhooks/crm")
    def receive() -> ResponseReturnValue:
        redis.rpush("baseline:bodies", proven_body(request, secret))
        return {"accepted": 1}, 202

    return app
