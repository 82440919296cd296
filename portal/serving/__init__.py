"""Starts the whole portal with one command: `python -m portal.serving`, which is what `make run` does.

The app is loaded once and then forked: one process serves pages (gunicorn, with its own), one works; the first one
watches over both and ends them together.
"""
