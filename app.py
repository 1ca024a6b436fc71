"""The door: what web servers and `flask --app app` load."""

from webapp import create_app

app = create_app()
