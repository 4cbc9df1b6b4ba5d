"""A responder of the Python package state-signals, in any mood.

Its argument is JSON: host, port, name, process, seed and mood. Moods come as
lines of JSON on stdin, {"do": "mood", "mood": {...}}. It says on stdout what it
gets and what it does before it answers, as responder.ts does.
"""

import json
import os
import random
import sys
import threading
import time

import state_signals

output = os.fdopen(os.dup(1), "w")
# Whatever logs to stdout must not end up between the lines of JSON.
os.dup2(2, 1)
output_lock = threading.Lock()
start = json.loads(sys.argv[1])
chances = random.Random(start["seed"])
mood = start["mood"]
mood_changed = threading.Event()


def say(**said):
    line = json.dumps({"at": time.time() * 1000, **said})
    with output_lock:
        print(line, file=output, flush=True)


def obey():
    global mood
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "mood":
            mood = command["mood"]
            mood_changed.set()
    os._exit(0)


def work(responder, signal):
    if signal.event == "shutdown":
        return
    if chances.random() < mood["silence"]:
        return
    if signal.event == "initialization":
        responder.srespond(signal)
        say(said="joined", publisher=signal.publisher_id)
        return
    n = signal.metadata["n"]
    ras = 0 if chances.random() < mood["fail"] else 1
    mood_changed.clear()
    mood_changed.wait(chances.random() * mood["work"] / 1000)
    say(said="acted", n=n, ras=ras)
    message = f"{n} {start['process']}" if chances.random() < 0.6 else None
    responder.srespond(signal, ras, message)


def main():
    responder = state_signals.SignalResponder(
        redis_host=start["host"],
        redis_port=start["port"],
        responder_name=start["name"],
        conn_timeout=20,
        log_level="CRITICAL",
    )
    say(said="ready", id=responder.responder_id)
    threading.Thread(target=obey, daemon=True).start()
    error = None
    try:
        for signal in responder.listen():
            if signal.metadata and "n" in signal.metadata:
                say(said="got", n=signal.metadata["n"], listener=0)
            work(responder, signal)
    except Exception as caught:
        error = f"{type(caught).__name__}: {caught}"
    say(said="ended", error=error)
    os._exit(0)


main()
