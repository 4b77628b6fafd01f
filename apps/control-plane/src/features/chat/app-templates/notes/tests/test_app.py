import os
import sys
import tempfile
import unittest
from pathlib import Path

os.environ["DATA_FOLDER"] = tempfile.mkdtemp()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import app  # noqa: E402 - after the data folder is set


class NotesTest(unittest.TestCase):
    def setUp(self):
        self.client = app.test_client()

    def test_note_is_kept_escaped_found_and_deleted(self):
        self.client.post("/notes", data={"title": "<b>Hello</b>", "text": "world"})
        page = self.client.get("/?q=WORLD").get_data(as_text=True)
        self.assertIn("&lt;b&gt;Hello&lt;/b&gt;", page)
        self.assertNotIn("<b>Hello", page)
        self.client.post("/notes/1/delete")
        self.assertNotIn("Hello", self.client.get("/").get_data(as_text=True))

    def test_note_without_title_is_refused(self):
        self.assertEqual(self.client.post("/notes", data={"text": "x"}).status_code, 400)


if __name__ == "__main__":
    unittest.main()
