"""`python -m tests.bench.sink`: the tests' SMTP server in a process of its own; says its port, and stops with its input."""

import sys

from tests.smtp import Sink

if __name__ == "__main__":
    with Sink() as sink:
        print(sink.port, flush=True)
        sys.stdin.read()
