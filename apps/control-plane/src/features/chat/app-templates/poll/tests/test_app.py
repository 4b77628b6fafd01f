import os
import sys
import tempfile
import unittest
from pathlib import Path

os.environ["DATA_FOLDER"] = tempfile.mkdtemp()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import app  # noqa: E402 - after the data folder is set
from web import SETTINGS  # noqa: E402


class PollTest(unittest.TestCase):
    def test_a_browser_votes_once_and_may_change_its_mind(self):
        client = app.test_client()
        first, second = SETTINGS["options"][:2]
        client.post("/votes", data={"choice": first})
        client.post("/votes", data={"choice": second})
        self.assertIn("1 vote", client.get("/").get_data(as_text=True))

    def test_an_unknown_answer_is_refused(self):
        self.assertEqual(app.test_client().post("/votes", data={"choice": "<x>"}).status_code, 400)


if __name__ == "__main__":
    unittest.main()
