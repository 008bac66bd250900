from odoo import models
from odoo.fields import Command

from ...tools import remote


class TimetableTerm(models.Model):
    """The next term, with the same offerings, classes, events and rules."""

    _inherit = "timetable.term"

    @remote.one
    def action_roll_over(self):
        """Ask what the next term is called, when it is, and what goes along."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_roll_over_wizard_action"
        )
        action["context"] = {"default_term_id": self.id}
        return action

    def _roll_over(self, new, keep_faculty=True):
        """Copy what is taught into ``new``.

        Students, pins and timetables stay behind: they are of their term. Courses that
        the new term offers already are left as they are.
        """
        self.ensure_one()
        known = set(new.offering_ids.course_id.ids)
        offerings = self._copy_rows(
            self.offering_ids.filtered(lambda o: o.course_id.id not in known),
            {"term_id": new.id},
        )
        classes = self.offering_ids.filtered(lambda o: o.id in offerings).class_ids
        nobody = {} if keep_faculty else {"faculty_ids": False}
        class_ids = self._copy_rows(
            classes, nobody | {"parent_id": False}, offering_id=offerings
        )
        for section in classes.filtered("parent_id"):
            copy = section.browse(class_ids[section.id])
            copy.parent_id = class_ids[section.parent_id.id]
        nothing = {"pin_timeslot_id": False, "pin_room_id": False}
        if not keep_faculty:
            nothing |= {"faculty_ids": False, "own_faculty": False}
        if new.grid_id != self.grid_id:
            nothing["timeslot_ids"] = False
        events = self._copy_rows(classes.event_ids, nothing, class_id=class_ids)
        self._roll_over_groups(new, offerings, class_ids)
        self._roll_over_relations(new, events)

    def _roll_over_groups(self, new, offerings, classes):
        """Batches and baskets, of what was copied."""
        names = set(new.batch_ids.mapped("name"))
        for batch in self.batch_ids.filtered(lambda b: b.name not in names):
            ids = [classes[i] for i in batch.class_ids.ids if i in classes]
            batch.copy({"term_id": new.id, "class_ids": [Command.set(ids)]})
        names = set(new.basket_ids.mapped("name"))
        for basket in self.basket_ids.filtered(lambda b: b.name not in names):
            ids = [offerings[i] for i in basket.offering_ids.ids if i in offerings]
            basket.copy({"term_id": new.id, "offering_ids": [Command.set(ids)]})

    def _roll_over_relations(self, new, events):
        self.env["timetable.relation"].create(
            [
                {
                    "term_id": new.id,
                    "name": relation.name,
                    "code": relation.code,
                    "type": relation.type,
                    "hard": relation.hard,
                    "weight": relation.weight,
                    "value": relation.value,
                    "line_ids": [
                        Command.create(
                            {
                                "sequence": line.sequence,
                                "event_id": events[line.event_id.id],
                            }
                        )
                        for line in relation.line_ids
                    ],
                }
                for relation in self.relation_ids
                if all(line.event_id.id in events for line in relation.line_ids)
            ]
        )

    def _copy_rows(self, old, values, **parents):
        """Copy all records of a kind in one go.

        :param values: fields that are the same for all copies
        :param parents: field → {old id: new id}
        :return: {old id: new id}
        """
        rows = old.with_context(active_test=False).copy_data()
        for record, row in zip(old, rows, strict=True):
            row.update(values)
            for name, ids in parents.items():
                row[name] = ids[record[name].id]
        new = old.create(rows)
        return dict(zip(old.ids, new.ids, strict=True))
