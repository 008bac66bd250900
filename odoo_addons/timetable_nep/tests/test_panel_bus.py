import json

from odoo.tests import new_test_user, tagged

from odoo.addons.bus.tests.common import WebsocketCase

CHANNEL = "timetable_nep"


@tagged("post_install", "-at_install")
class TestPanelBus(WebsocketCase):
    """Who hears of a run over a real websocket."""

    def setUp(self):
        super().setUp()
        grid = self.env["timetable.grid"].create({"name": "Bus grid", "days": 1})
        term = self.env["timetable.term"].create(
            {"name": "Bus term", "grid_id": grid.id}
        )
        self.job = self.env["timetable.run"].create(
            {"name": "Bus run", "term_id": term.id}
        )
        self.job._guarded().write({"state": "queued"})

    def _hear(self, login, channels=()):
        """What the websocket of a user brings when the run changes."""
        session = self.authenticate(login, login)
        ws = self.websocket_connect(cookie=f"session_id={session.sid}", timeout=2)
        self.subscribe(ws, list(channels), self.env["bus.bus"]._bus_last_id())
        self.job._notify_panel()
        # Our message after it: what comes before it has come.
        user = self.env["res.users"].search([("login", "=", login)])
        user._bus_send("timetable_nep.test_end", {})
        self.trigger_notification_dispatching(
            [(self.job.company_id, CHANNEL), user.partner_id]
        )
        heard = []
        while "timetable_nep.test_end" not in heard:
            heard += [row["message"]["type"] for row in json.loads(ws.recv())]
        self._close_websockets()
        return heard

    def test_planners(self):
        """Each planner's role hears of the runs of the own company."""
        for role in ("coordinator", "approver", "officer"):
            with self.subTest(role):
                login = f"bus_{role}_user"
                group = f"timetable_nep.group_timetable_{role}"
                new_test_user(self.env, login, group)
                self.assertIn("timetable_nep.run", self._hear(login))

    def test_others(self):
        """Another company's officer and other employees hear nothing, even if
        they ask for the channel by name."""
        new_test_user(self.env, "bus_employee", "base.group_user")
        other = self.env["res.company"].create({"name": "Another university"})
        new_test_user(
            self.env,
            "bus_elsewhere",
            "timetable_nep.group_timetable_officer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for login in ("bus_employee", "bus_elsewhere"):
            with self.subTest(login):
                asked = [CHANNEL, f"res.company_{self.job.company_id.id}"]
                self.assertNotIn("timetable_nep.run", self._hear(login, asked))
