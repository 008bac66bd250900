"""The name that followers of a term choose by is ``noupdate``: it changes here."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
    subtype = env.ref("timetable_nep.mail_subtype_dated", raise_if_not_found=False)
    if subtype and subtype.name == "Changes for a date":
        subtype.name = "Changes of single days"
