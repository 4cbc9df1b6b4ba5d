"""Drives one exporter or responder of the Python package state-signals.

Commands come as lines of JSON on stdin, {"do": NAME, "with": {...}}; each is
answered on stdout by {"result": ...} or {"error": {"type", "message"}}. Signals
that a responder yields are reported in between, as {"signal": {...}}, with each
field as a literal of Python beside it, and the end of its listening as
{"listening": "ended", "error": ...}.
"""

import base64
import dataclasses
import json
import math
import os
import sys
import threading
import time
from urllib.parse import urlsplit

import redis
import state_signals

output = os.fdopen(os.dup(1), "w")
# Whatever logs to stdout must not end up between the lines of JSON.
os.dup2(2, 1)
output_lock = threading.Lock()


def report(message):
    line = json.dumps(without_non_finite(message))
    with output_lock:
        print(line, file=output, flush=True)


def without_non_finite(value):
    """JSON has no NaN and no Infinity, so they are reported as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: without_non_finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_non_finite(item) for item in value]
    return value


def error_of(error):
    return {"type": type(error).__name__, "message": str(error)}


def server_at(url):
    parts = urlsplit(url)
    if parts.password is None:
        return {"redis_host": parts.hostname, "redis_port": parts.port}
    return {"existing_redis_conn": redis.Redis.from_url(url)}


class Exporter:
    def __init__(self, url, **options):
        self.peer = state_signals.SignalExporter(**server_at(url), **options)
        self.id = self.peer.pub_id

    def subscribers(self):
        return sorted(self.peer.subs)

    def publish_json(self, text):
        """Takes the arguments as Python reads them: NaN, integers of any size."""
        return self.peer.publish_signal(**json.loads(text))


class Responder:
    def __init__(self, url, **options):
        self.peer = state_signals.SignalResponder(**server_at(url), **options)
        self.id = self.peer.responder_id
        self.answers = {}
        self.listener = None
        self.releases = threading.Semaphore(0)

    def release(self):
        """Lets the oldest answer go that is held, or the next one."""
        self.releases.release()

    def listen(self, answers):
        """Answers each signal by its event, or by "*"; None is silence."""
        self.answers = answers
        if self.listener is None:
            self.listener = threading.Thread(target=self._listen, daemon=True)
            self.listener.start()

    def _listen(self):
        error = None
        try:
            for signal in self.peer.listen():
                fields = dataclasses.asdict(signal)
                literals = {key: ascii(value) for key, value in fields.items()}
                # Other answers that are set when the signal is known are for later ones.
                answer = self.answers.get(signal.event, self.answers.get("*"))
                report({"signal": fields, "literals": literals})
                if answer is not None:
                    if answer.get("held"):
                        self.releases.acquire()
                    time.sleep(answer.get("delay", 0) / 1000)
                    self.peer.srespond(
                        signal, answer.get("ras"), answer.get("message")
                    )
        except Exception as caught:
            error = error_of(caught)
        report({"listening": "ended", "error": error})


class Client:
    """A plain client, for what exporters and responders do not send."""

    def __init__(self, url):
        self.peer = redis.Redis.from_url(url)
        self.id = None

    def publish_bytes(self, channel, payload):
        return self.peer.publish(channel, base64.b64decode(payload))


def main():
    roles = {"exporter": Exporter, "responder": Responder, "client": Client}
    role = None
    for line in sys.stdin:
        command = json.loads(line)
        name, arguments = command["do"], command["with"]
        try:
            if name in roles:
                role = roles[name](**arguments)
                result = role.id
            else:
                method = getattr(role, name, None) or getattr(role.peer, name)
                result = method(**arguments)
            report({"result": result})
        except Exception as caught:
            report({"error": error_of(caught)})
    # The package's threads would keep the process alive.
    os._exit(0)


main()
