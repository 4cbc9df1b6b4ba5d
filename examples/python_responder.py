"""A Python responder for python_interop.ts: answers every signal until shutdown.

    pip install state-signals
    python3 examples/python_responder.py PORT
"""
import sys

from state_signals import SignalResponder

responder = SignalResponder(
    redis_host="127.0.0.1", redis_port=int(sys.argv[1]), responder_name="python"
)
for signal in responder.listen():
    if signal.event == "shutdown":
        break
    responder.srespond(signal, ras=1, message=f"Python saw {signal.event}")
