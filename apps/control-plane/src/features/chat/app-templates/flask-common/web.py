"""What every page of this app shares: settings, looks, limits and the server."""

import json
import os
import sqlite3
from html import escape
from pathlib import Path

from flask import Flask, Response, abort, g, render_template, request, send_from_directory
from waitress import serve
from werkzeug.exceptions import HTTPException

ROOT = Path(__file__).resolve().parent
SETTINGS = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))
SETTINGS.setdefault("sections", [])
SETTINGS.setdefault("fields", [])
MAX_FORM_BYTES = 64 * 1024


def clean(value, max_length):
    """Trim what a person typed and cut it to a length."""
    return (value or "").replace("\r\n", "\n").strip()[:max_length]


def notice(text, status):
    return render_template("notice.html", text=text), status


def database():
    """The connection of this request; SQLite keeps each change durable and whole."""
    if "database" not in g:
        g.database = sqlite3.connect(os.path.join(data_folder(), "app.db"))
        g.database.row_factory = sqlite3.Row
    return g.database


def data_folder():
    folder = Path(os.environ.get("DATA_FOLDER", ROOT / "data"))
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def create_app(schema):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.jinja_env.globals["settings"] = SETTINGS
    with sqlite3.connect(os.path.join(data_folder(), "app.db")) as connection:
        connection.executescript(schema)

    @app.before_request
    def refuse_other_sites():
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            abort(403)

    @app.after_request
    def protect(response):
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'self'; form-action 'self'; base-uri 'none'"
        return response

    @app.teardown_appcontext
    def close_database(_error):
        connection = g.pop("database", None)
        if connection is not None:
            connection.close()

    @app.get("/style.css")
    def style():
        return send_from_directory(ROOT, "style.css")

    @app.get("/icon.svg")
    def icon():
        text = escape(SETTINGS["icon"] or SETTINGS["title"][0])
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text x="50" y="84" font-size="90" text-anchor="middle">{text}</text></svg>'
        return Response(svg, mimetype="image/svg+xml")

    @app.errorhandler(HTTPException)
    def http_error(error):
        return notice(f"{error.name}.", error.code)

    return app


def run(app):
    """Serve on the port that PORT gives, on this machine only unless HOST says otherwise."""
    port = int(os.environ.get("PORT", "3000"))
    print(f"{SETTINGS['title']} listens on port {port}", flush=True)
    serve(app, host=os.environ.get("HOST", "127.0.0.1"), port=port, threads=4)
