"""The least a Flask page can cost: one route, one template of 20 rows, nobody signed in, no database."""

from flask import Flask, render_template
from jinja2 import DictLoader

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><table><thead><tr><th>Title</th><th>Length</th><th>Added</th></tr></thead><tbody>
{% for row in rows %}<tr><th><a href="/watch/{{ row.key }}">{{ row.title }}</a></th><td>{{ row.length }}</td>
<td>{{ row.added }}</td></tr>
{% endfor %}</tbody></table></body></html>
"""
ROWS = [
    {"key": f"key{n:013}", "title": f"What your gift built, part {n}", "length": "42 minutes", "added": "19 November"}
    for n in range(20)
]

app = Flask(__name__)
app.jinja_loader = DictLoader({"page.html": PAGE})


@app.get("/")
def page() -> str:
    return render_template("page.html", title="Recordings", rows=ROWS)
