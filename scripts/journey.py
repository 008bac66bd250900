"""The main path, step by step, over Odoo's external API: used by demo and tests."""

import base64
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import accounts as people
from .json2 import Client
from .odoo import Instance
from .paths import StackError, relative
from .sidecar import Service
from .web import Session, plain_text

RUN_FIELDS = [
    "name",
    "state",
    "stage",
    "stage_progress",
    "overall_progress",
    "eta_seconds",
    "placed",
    "total",
    "hard",
    "soft",
    "message",
    "reason",
    "started_at",
    "ended_at",
    "variant_ids",
]
VARIANT_FIELDS = [
    "name",
    "key",
    "profile",
    "state",
    "placed",
    "total",
    "score_hard",
    "score_soft",
]
APPROVAL = (
    # state, who takes the next step, by which button
    ("draft", "officer", "action_submit"),
    ("submitted", "coordinator", "action_department_approve"),
    ("department_approved", "approver", "action_approve"),
    ("approved", "approver", "action_publish"),
)


class Journey:
    """One university's way from a file to a published timetable."""

    def __init__(self, instance: Instance, service: Service) -> None:
        self.instance = instance
        self.service = service
        self.accounts = people.read(instance)
        self.log = relative(instance.log)

    def client(self, role: str) -> Client:
        """Odoo's external API as one of the demonstration's users."""
        key = self.accounts[role]["key"]
        return Client(self.instance.url, self.instance.database, key)

    # ---- Set-up by the administrator
    def connect(self) -> None:
        """Tell Odoo where the solver is, and the secrets they share."""
        parameters = {
            "timetable_nep.sidecar_url": self.service.url,
            "timetable_nep.sidecar_token": self.service.token,
            "timetable_nep.sidecar_secret": self.service.secret,
            "timetable_nep.callback_url": f"{self.instance.url}/timetable_nep/webhook",
            "web.base.url": self.instance.url,
            "web.base.url.freeze": "True",
            "report.url": self.instance.url,
        }
        admin = self.client("admin")
        for key, value in parameters.items():
            admin.call("ir.config_parameter", "set_param", key=key, value=value)

    # ---- Officer
    def import_term(self, file: Path) -> int:
        """Load a university from a file, by the addon's wizard."""
        officer = self.client("officer")
        wizard = officer.create(
            "timetable.import.wizard",
            {
                "file": base64.b64encode(file.read_bytes()).decode(),
                "filename": file.name,
                "term_name": term_name(file),
                "invent_names": True,
                "reuse": False,
            },
        )
        action = officer.call("timetable.import.wizard", "action_import", [wizard])
        return int(action["res_id"])

    def find_term(self, file: Path) -> int | None:
        """The term an earlier run made of this very file."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        found = self.client("officer").search_read(
            "timetable.term", [("import_digest", "=", digest)], ["id"], limit=1
        )
        return int(found[0]["id"]) if found else None

    def generate(self, term: int, **options: Any) -> int:
        """Ask for timetables; gives the run."""
        officer = self.client("officer")
        wizard = officer.create(
            "timetable.generate.wizard", {"term_id": term, **options}
        )
        action = officer.call("timetable.generate.wizard", "action_generate", [wizard])
        return int(action["res_id"])

    def last_run(self, term: int) -> dict[str, Any] | None:
        """The run of the published timetable, else the newest that did not fail."""
        officer = self.client("officer")
        domain: list[Any] = [("term_id", "=", term)]
        in_force = officer.search_read(
            "timetable.variant", [*domain, ("state", "=", "published")], ["run_id"]
        )
        if in_force and in_force[0]["run_id"]:
            domain.append(("id", "=", in_force[0]["run_id"][0]))
        else:
            domain.append(("state", "not in", ("failed", "cancelled")))
        found = officer.search_read(
            "timetable.run", domain, RUN_FIELDS, order="id desc", limit=1
        )
        return found[0] if found else None

    def run(self, run: int) -> dict[str, Any]:
        """How a run goes."""
        found = self.client("officer").read("timetable.run", [run], RUN_FIELDS)
        return dict(found[0])

    def follow(
        self, run: int, seconds: float, tell: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Wait until the run has ended and its timetables are in Odoo."""
        end = time.monotonic() + seconds
        while True:
            now = self.run(run)
            tell(now)
            if now["state"] == "completed" and now["variant_ids"]:
                return now
            if now["state"] in ("failed", "cancelled"):
                raise StackError(
                    f"The run {now['state']}: {now['reason'] or 'no reason given'} "
                    f"(see {self.log} and {relative(self.service.log)})."
                )
            if time.monotonic() > end:
                raise StackError(
                    f"The run is still {now['state']} after {seconds:.0f} seconds; "
                    f"see {self.log} and {relative(self.service.log)}."
                )
            time.sleep(0.5)

    def term_of(self, run: int) -> str:
        """Name of the term a run plans."""
        found = self.client("officer").read("timetable.run", [run], ["term_id"])
        return str(found[0]["term_id"][1])

    def variants(self, run: int) -> list[dict[str, Any]]:
        """The timetables of a run."""
        return self.client("officer").search_read(
            "timetable.variant", [("run_id", "=", run)], VARIANT_FIELDS, order="key"
        )

    def variant(self, variant: int) -> dict[str, Any]:
        """One timetable."""
        found = self.client("officer").read(
            "timetable.variant", [variant], VARIANT_FIELDS
        )
        return dict(found[0])

    # ---- Approval
    def appoint_coordinator(self, term: int) -> None:
        """Make our coordinator responsible for the term's departments."""
        admin = self.client("admin")
        user = admin.search_read(
            "res.users", [("login", "=", self.accounts["coordinator"]["login"])], ["id"]
        )[0]["id"]
        rows = admin.search_read(
            "timetable.offering",
            [("term_id", "=", term), ("department_id", "!=", False)],
            ["department_id"],
        )
        departments = sorted({row["department_id"][0] for row in rows})
        if not departments:
            # Benchmark files know none; the approver then takes this step as well.
            return
        admin.call(
            "timetable.department",
            "write",
            departments,
            vals={"coordinator_ids": [(4, user)]},
        )

    def approve_and_publish(self, variant: int) -> None:
        """Take every step that is left until the timetable is in force."""
        for state, role, method in APPROVAL:
            if self.variant(variant)["state"] != state:
                continue
            if role == "coordinator" and not self.departments_of(variant):
                role = "approver"
            self.client(role).call("timetable.variant", method, [variant])
        now = self.variant(variant)["state"]
        if now != "published":
            raise StackError(f"The timetable is {now}, not published; see {self.log}.")

    def departments_of(self, variant: int) -> int:
        """How many offerings of the timetable's term belong to a department."""
        officer = self.client("officer")
        term = officer.read("timetable.variant", [variant], ["term_id"])[0]["term_id"]
        domain = [("term_id", "=", term[0]), ("department_id", "!=", False)]
        return int(officer.call("timetable.offering", "search_count", domain=domain))

    # ---- Portal
    def busiest_faculty(self, term: int, variant: int) -> dict[str, Any]:
        """The faculty member with most placed classes: a week worth looking at."""
        officer = self.client("officer")
        placed = officer.search_read(
            "timetable.assignment", [("variant_id", "=", variant)], ["event_id"]
        )
        events = {row["event_id"][0] for row in placed}
        classes = officer.search_read(
            "timetable.class",
            [("term_id", "=", term)],
            ["faculty_ids", "event_ids"],
        )
        load: dict[int, int] = {}
        for row in classes:
            for member in row["faculty_ids"]:
                load[member] = load.get(member, 0) + len(events & set(row["event_ids"]))
        if not load:
            raise StackError("No faculty member teaches in this term.")
        # The smaller id among equals: the same person at every run.
        best = max(load, key=lambda member: (load[member], -member))
        found = officer.read("timetable.faculty", [best], ["name", "partner_id"])[0]
        return {**found, "events": load[best]}

    def open_portal(self, member: dict[str, Any]) -> dict[str, Any]:
        """Give a faculty member a login to the portal; gives the account."""
        admin = self.client("admin")
        partner = member["partner_id"][0]
        account = self.accounts.get("faculty")
        found = admin.search_read(
            "res.users", [("partner_id", "=", partner)], ["login", "share"]
        )
        if found and account and account["login"] == found[0]["login"]:
            return account
        portal = admin.search_read(
            "ir.model.data",
            [("module", "=", "base"), ("name", "=", "group_portal")],
            ["res_id"],
        )[0]["res_id"]
        account = {
            "login": f"faculty.{member['id']}",
            "name": member["name"],
            "password": people.new_password(),
        }
        values = {"login": account["login"], "password": account["password"]}
        if found:
            admin.call("res.users", "write", [found[0]["id"]], vals=values)
        else:
            admin.call(
                "res.users",
                "create",
                vals_list=[
                    {**values, "partner_id": partner, "group_ids": [(6, 0, [portal])]}
                ],
                context={"no_reset_password": True},
            )
        self.accounts["faculty"] = account
        people.save(self.instance, self.accounts)
        return account

    def portal_week(self, account: dict[str, Any]) -> str:
        """The text of the page a faculty member sees after logging in."""
        session = Session(self.instance.url)
        session.login(account["login"], account["password"])
        return plain_text(session.get("/my/timetable"))

    def week_of(self, member: int, variant: int) -> list[dict[str, Any]]:
        """What the page must show: the member's placed classes."""
        officer = self.client("officer")
        classes = officer.search_read(
            "timetable.class", [("faculty_ids", "in", [member])], ["event_ids"]
        )
        events = [event for row in classes for event in row["event_ids"]]
        return officer.search_read(
            "timetable.assignment",
            [("variant_id", "=", variant), ("event_id", "in", events)],
            ["event_id", "timeslot_id", "room_id"],
        )


def term_name(file: Path) -> str:
    """Name of the term made from a file."""
    return file.stem.replace("_", " ").capitalize()
