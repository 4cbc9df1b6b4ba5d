"""The Python package state-signals, told what to do as worker.ts is: by lines
of JSON, {"name": COMMAND, "args": {...}}."""

import json
import os
import sys
import threading
import time

import state_signals

output = os.fdopen(os.dup(1), "w")
# Whatever logs to stdout must not end up between the lines of JSON.
os.dup2(2, 1)
exporter = None
setup_of_exporter = None


def make_exporter(port, events, expected=()):
    global exporter, setup_of_exporter
    exporter = state_signals.SignalExporter("bench", redis_port=port)
    setup_of_exporter = list(events)
    return exporter.pub_id


def responders(port, count):
    for _ in range(count):
        responder = state_signals.SignalResponder(redis_port=port)
        threading.Thread(target=answer, args=(responder,), daemon=True).start()


def answer(responder):
    for signal in responder.listen():
        responder.srespond(signal, 1)


def gather(count):
    exporter.initialize_and_wait(count, setup_of_exporter)


def round_trips(warmup, count):
    times = []
    acknowledged = 0
    for n in range(-warmup, count):
        start = time.perf_counter()
        code, _ = exporter.publish_signal("state")
        if n >= 0:
            times.append((time.perf_counter() - start) * 1000)
            acknowledged += code == 0
    return {"times": times, "acknowledged": acknowledged}


COMMANDS = {
    "exporter": make_exporter,
    "responders": responders,
    "gather": gather,
    "roundTrips": round_trips,
}

for line in sys.stdin:
    command = json.loads(line)
    try:
        reply = {"result": COMMANDS[command["name"]](**command["args"])}
    except Exception as error:
        reply = {"error": repr(error)}
    print(json.dumps(reply), file=output, flush=True)
# The package's threads would keep the process alive.
os._exit(0)
