"""The door: what web servers and `flask --app app` load."""

import sys

from webapp import create_app

# Whoever asks a registry must not wait for somebody's page in the making as long as the interpreter's usual 5 ms.
sys.setswitchinterval(0.001)

app = create_app()
