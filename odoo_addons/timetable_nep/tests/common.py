"""Users of each role and makers of records; the way in to the other helpers."""

import base64
import json
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user, tagged

from .fake_sidecar import (
    SECRET,
    TOKEN,
    FakeSidecar,
    progress,
    sidecar,
    signed_headers,
    webhook,
)
from .problems import small_problem

__all__ = [
    "SECRET",
    "TOKEN",
    "FakeSidecar",
    "TimetableCase",
    "import_problem",
    "make_users",
    "make_variant",
    "progress",
    "repository",
    "sidecar",
    "signed_headers",
    "small_problem",
    "webhook",
]


def repository():
    """Root of the repository that holds this addon, or None."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "sidecar" / "contract").is_dir():
            return folder
    return None


@tagged("post_install", "-at_install")
class TimetableCase(TransactionCase):
    """Users of every role and a small university."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        make_users(cls)

    @classmethod
    def import_problem(cls, data, **values):
        """Import a problem through the wizard, as an officer does."""
        return import_problem(cls.env(user=cls.officer), data, **values)

    def no_commit(self):
        """Committing is the cron's own affair; here the test's transaction goes on."""
        cron = type(self.env["ir.cron"])
        self.startPatcher(
            patch.object(cron, "_commit_progress", lambda *args, **kwargs: 1)
        )


class SidecarCase(TimetableCase):
    """Beside a sidecar that checks what it gets. Subclasses set ``term``."""

    def setUp(self):
        super().setUp()
        context = sidecar(self.env)
        self.sidecar = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.no_commit()

    def wizard(self, **values):
        """The officer's wizard that asks for a run."""
        return (
            self.env["timetable.generate.wizard"]
            .with_user(self.officer)
            .create({"term_id": self.term.id, **values})
        )


class RunCase(SidecarCase):
    """Runs of one small term."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem())

    def generate(self, **values):
        """A run that waits to be sent, asked for in the wizard."""
        action = self.wizard(**values).action_generate()
        return self.env["timetable.run"].browse(action["res_id"])

    def sent(self, **values):
        """A run, and its job at the sidecar."""
        run = self.generate(**values)
        self.env["timetable.run"]._cron_sync()
        return run, self.sidecar.jobs[run.remote_id]


def make_users(case):
    """One user for each role, on the class."""
    for role in ("coordinator", "officer", "approver", "admin"):
        user = new_test_user(
            case.env,
            f"tt_{role}",
            groups=f"timetable_nep.group_timetable_{role}",
        )
        setattr(case, role, user)
    case.internal = new_test_user(case.env, "tt_internal", groups="base.group_user")
    case.portal = new_test_user(case.env, "tt_portal", groups="base.group_portal")
    case.other_portal = new_test_user(
        case.env, "tt_portal_2", groups="base.group_portal"
    )


def import_problem(env, data, **values):
    """Term made of a problem."""
    content = json.dumps(data).encode()
    wizard = env["timetable.import.wizard"].create(
        {
            "file": base64.b64encode(content),
            "filename": "problem.json",
            "invent_names": True,
            "reuse": False,
            **values,
        }
    )
    return env["timetable.term"].browse(wizard.action_import()["res_id"])


BECAUSE = "The timetables of these tests are laid out without regard to rules."


def make_variant(term, placements=None, **values):
    """A timetable of ``term`` as a run would store it.

    :param placements: ``(event, timeslot, room)`` records
    """
    env = term.env(su=True)
    events = env["timetable.event"].search([("term_id", "=", term.id)])
    slots = term.grid_id.sudo().timeslot_ids
    if placements is None:
        rooms = term.room_ids.sudo()
        placements = [
            (event, slots[index % len(slots)], rooms[index % len(rooms)])
            for index, event in enumerate(events)
        ]
    variant = (
        env["timetable.variant"]
        ._guarded()
        .create(
            {
                "name": "A timetable",
                "term_id": term.id,
                "key": "A",
                "profile": "balanced",
                "placed": len(placements),
                "total": len(events),
                **values,
            }
        )
    )
    env["timetable.assignment"]._with_pass(variant).create(
        [
            {
                "variant_id": variant.id,
                "event_id": event.id,
                "timeslot_id": slot.id,
                "room_id": room.id if room else False,
            }
            for event, slot, room in placements
        ]
    )
    return variant.with_env(term.env)
