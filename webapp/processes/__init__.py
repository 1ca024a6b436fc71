"""What runs beside the web server. Thin, like app.py."""
