"""The door: what web servers and `flask --app app` load."""

import gc
import sys

from webapp import create_app

# Whoever asks a registry must not wait for somebody's page in the making as long as the interpreter's usual 5 ms.
sys.setswitchinterval(0.001)

# What is loaded now stays: looking through it for garbage took an eighth of the start, and time again and again later.
gc.disable()
app = create_app()
gc.freeze()
gc.enable()
