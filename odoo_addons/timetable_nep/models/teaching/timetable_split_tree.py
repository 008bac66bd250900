"""The tree of classes of an offering whose course has components."""

from odoo import fields, models

from ...const import DEFAULT_LIMIT
from ...tools import remote
from ...tools.split_tree import Node, groups_needed, letters, numbered


class TimetableOffering(models.Model):
    _inherit = "timetable.offering"

    @remote.many
    def action_ask_split(self):
        """Show the tree of classes first, where there will be groups."""
        if not self.course_id.component_ids:
            return self.action_split()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split into classes"),
            "res_model": "timetable.split.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_offering_ids": self.ids},
        }

    # ---- What there will be
    def _split_tree(self):
        """Classes as they are and as the students call for.

        :return: list of :class:`Node`: without a class those to be made, with
            ``wanted`` false those that go; groups are below their class
        """
        self.ensure_one()
        sections = self.class_ids.sorted(lambda one: (len(one.name), one.name))
        first, *others = self.course_id.component_ids.sorted("sequence")
        taken = set(self.with_context(active_test=False).class_ids.mapped("name"))
        limit = self.section_limit or DEFAULT_LIMIT
        count = self.student_count
        mine = sections.filtered(
            lambda one: one.component_id in (first, first.browse())
        )
        roots = self._nodes(
            first, limit, mine, groups_needed(count, limit), lambda n: letters(n, taken)
        )
        for node in roots:
            node.adopted = bool(node.section) and not node.section.component_id
        kept = [node for node in roots if node.wanted]
        share = -(-count // len(kept)) if count else limit
        self._share(kept, count)
        several = sum(component.nested for component in others) > 1
        for component in others:
            of_kind = sections.filtered(
                lambda one, component=component: one.component_id == component
            )
            initial = self._initial(component)
            if not component.nested:
                mine = of_kind.filtered(lambda one: not one.parent_id)
                nodes = self._nodes(
                    component,
                    component.group_size,
                    mine,
                    groups_needed(count or limit, component.group_size),
                    lambda n, initial=initial: numbered(initial, n, taken),
                )
                self._share([node for node in nodes if node.wanted], count)
                roots += nodes
            for root in roots[:] if component.nested else ():
                if root.component != first:
                    continue
                mine = of_kind.filtered(
                    lambda one, root=root: (
                        root.section and one.parent_id == root.section
                    )
                )
                size = component.group_size
                stem = root.name + (initial if several else "")
                nodes = self._nodes(
                    component,
                    size,
                    mine,
                    groups_needed(share, size) if root.wanted else 0,
                    lambda n, stem=stem: numbered(stem, n, taken),
                )
                self._share([node for node in nodes if node.wanted], root.students)
                root.children += nodes
        seen = {n.section.id for root in roots for _, n in root.walk() if n.section}
        strange = sections.filtered(lambda one: one.id not in seen)
        decided = strange._decided() | strange.filtered("batch_ids")
        return roots + [
            Node(
                one.component_id,
                one.limit,
                one,
                one.name,
                wanted=one in decided,
                kept=one in decided,
            )
            for one in strange
        ]

    @staticmethod
    def _initial(component):
        """``P`` for practicals: what tells groups of two components apart."""
        return (component.name or component.kind or "G")[0].upper()

    @staticmethod
    def _share(nodes, count):
        for index, node in enumerate(nodes):
            node.students = count // len(nodes) + (index < count % len(nodes))

    def _nodes(self, component, limit, sections, wanted, names):
        """Classes that are there, the surplus marked, and those to be made."""
        surplus = max(0, len(sections) - wanted)
        free = sections - sections._decided() if surplus else sections
        free = free.filtered(lambda one: not one.batch_ids)
        loose = free[-surplus:] if surplus else free.browse()
        decided = (sections - free)[-(surplus - len(loose)) :]
        kept = decided if surplus > len(loose) else free.browse()
        nodes = [Node(component, one.limit, one, one.name) for one in sections]
        for node in nodes:
            node.wanted = node.section not in loose
            node.kept = node.section in kept
        new = names(max(0, wanted - len(sections)))
        return nodes + [Node(component, limit, name=name) for name in new]

    # ---- Making it
    def _make_tree(self, roots, shrink=True):
        """Make and take away classes until they are as :meth:`_split_tree` says.

        :return: how many were made, went, and stayed although not needed
        """
        self.ensure_one()
        nodes = [node for root in roots for _, node in root.walk()]
        Section = self.env["timetable.class"]
        adopted = Section.union(*(node.section for node in nodes if node.adopted))
        if adopted:
            adopted.component_id = roots[0].component
            for section in adopted:
                section._fit_events()
        made = self._make_classes(
            [(None, node) for node in roots if not node.section]
        ) + self._make_classes(
            [
                (root, node)
                for root in roots
                for node in root.children
                if not node.section
            ]
        )
        gone = kept = 0
        if shrink:
            going = Section.union(
                *(node.section for node in nodes if node.section and not node.wanted)
            )
            going._take_away()
            gone, kept = len(going), sum(node.kept for node in nodes)
        return made, gone, kept

    def _make_classes(self, pairs):
        """:param pairs: ``(parent node or nothing, node)``"""
        before = {}
        rows = []
        for parent, node in pairs:
            component = node.component
            people = component.faculty_ids
            if component not in before:
                before[component] = len(
                    self.class_ids.filtered(
                        lambda one, c=component: one.component_id == c
                    )
                )
            turn = before[component]
            before[component] += 1
            rows.append(
                {
                    "offering_id": self.id,
                    "name": node.name,
                    "component_id": component.id,
                    "parent_id": parent.section.id if parent else False,
                    "limit": node.limit,
                    "week_pattern_ids": [
                        fields.Command.set(component.week_pattern_ids.ids)
                    ],
                    "faculty_ids": [
                        fields.Command.set(
                            people[turn % len(people)].ids if people else []
                        )
                    ],
                    "event_ids": [
                        fields.Command.create(vals) for vals in component._event_vals()
                    ],
                }
            )
        made = self.env["timetable.class"].create(rows)
        for (_, node), section in zip(pairs, made, strict=True):
            node.section = section
        return len(made)


class TimetableClass(models.Model):
    _inherit = "timetable.class"

    def _fit_events(self):
        """Weekly events as its component has them; pinned ones stay as they are.

        Of a class from before the course had components: its practicals are those of
        groups now.
        """
        self.ensure_one()
        wanted = self.component_id._event_vals()

        def shape(event):
            return event["duration"], event["needs_room"]

        for event in self.event_ids:
            pinned = event.pin_timeslot_id or event.pin_room_id
            fitting = [
                vals
                for vals in wanted
                if shape(vals) == shape(event)
                and vals["room_type_id"] == event.room_type_id.id
            ]
            if fitting or (pinned and wanted):
                wanted.remove((fitting or wanted)[0])
            elif not pinned:
                if event._in_use():
                    event.action_archive()
                else:
                    event.unlink()
        self.event_ids = [
            fields.Command.create(vals | {"sequence": len(self.event_ids) + number})
            for number, vals in enumerate(wanted, start=1)
        ]
