"""A poll: one question, one vote per browser, results at once."""

import secrets

from flask import make_response, redirect, render_template, request

from web import SETTINGS, create_app, database, notice, run

COOKIE = "voter"
COOKIE_SECONDS = 365 * 24 * 3600

SCHEMA = """
CREATE TABLE IF NOT EXISTS votes (
  voter TEXT PRIMARY KEY,
  choice TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""

app = create_app(SCHEMA)


def results():
    rows = database().execute("SELECT choice, count(*) AS votes FROM votes GROUP BY choice")
    votes = {row["choice"]: row["votes"] for row in rows}
    return [{"choice": choice, "votes": votes.get(choice, 0)} for choice in SETTINGS["options"]]


@app.get("/")
def index():
    row = database().execute("SELECT choice FROM votes WHERE voter = ?", (request.cookies.get(COOKIE, ""),)).fetchone()
    shown = results()
    return render_template(
        "index.html", results=shown, total=sum(result["votes"] for result in shown), mine=row["choice"] if row else None
    )


@app.post("/votes")
def vote():
    choice = request.form.get("choice")
    if choice not in SETTINGS["options"]:
        return notice("Please choose one of the answers.", 400)
    voter = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    if len(voter) > 64:
        return notice("Please choose one of the answers.", 400)
    with database() as connection:
        connection.execute(
            "INSERT INTO votes (voter, choice) VALUES (?, ?) ON CONFLICT (voter) DO UPDATE SET choice = excluded.choice",
            (voter, choice),
        )
    response = make_response(redirect("/#results", 303))
    response.set_cookie(COOKIE, voter, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax")
    return response


if __name__ == "__main__":
    run(app)
