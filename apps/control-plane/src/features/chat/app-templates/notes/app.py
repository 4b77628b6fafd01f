"""A notebook: write notes, find them, delete them."""

import json

from flask import redirect, render_template, request

from web import SETTINGS, clean, create_app, database, notice, run

MAX_TITLE = 120
MAX_TEXT = 20_000
MAX_FIELD = 200
MAX_NOTES = 5000
SHOWN_NOTES = 200

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  fields TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""

app = create_app(SCHEMA)


def find_notes(words):
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = database().execute(
        "SELECT * FROM notes WHERE title LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\' ORDER BY id DESC LIMIT ?",
        (pattern, pattern, SHOWN_NOTES),
    )
    return [{**dict(row), "fields": json.loads(row["fields"])} for row in rows]


@app.get("/")
def index():
    words = clean(request.args.get("q"), 100)
    return render_template("index.html", notes=find_notes(words), words=words)


@app.post("/notes")
def add():
    title = clean(request.form.get("title"), MAX_TITLE)
    text = clean(request.form.get("text"), MAX_TEXT)
    if not title:
        return notice("Please give the note a title.", 400)
    if database().execute("SELECT count(*) FROM notes").fetchone()[0] >= MAX_NOTES:
        return notice("The notebook is full. Delete some notes first.", 409)
    fields = {field["name"]: clean(request.form.get(field["name"]), MAX_FIELD) for field in SETTINGS["fields"]}
    with database() as connection:
        connection.execute(
            "INSERT INTO notes (title, text, fields) VALUES (?, ?, ?)", (title, text, json.dumps(fields))
        )
    return redirect("/", 303)


@app.post("/notes/<int:note_id>/delete")
def delete(note_id):
    with database() as connection:
        connection.execute("DELETE FROM notes WHERE id = ?", (note_id,))
    return redirect("/", 303)


if __name__ == "__main__":
    run(app)
