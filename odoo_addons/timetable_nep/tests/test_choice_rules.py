from hashlib import sha256

from odoo.tests import BaseCase, tagged

from ..tools.choice_rules import (
    Basket,
    Limits,
    Offer,
    Person,
    Refusal,
    free_seats,
    lottery,
    pairs_apart,
    wrong_add,
    wrong_drop,
    wrong_wishes,
)


@tagged("post_install", "-at_install")
class TestChoiceRules(BaseCase):
    """Each rule by itself, kept and broken."""

    def setUp(self):
        super().setUp()
        self.offers = {
            1: Offer(1, 101, 4.0, 11),
            2: Offer(2, 102, 4.0, 12),
            3: Offer(3, 103, 2.0, 11),
            4: Offer(4, 104, 2.0, 13),
        }
        self.basket = Basket(7, frozenset(self.offers))
        self.limits = Limits(ranks=2)
        self.person = Person(programme=5, year=2)

    def codes(self, wishes=(1, 2), **change):
        refusals = wrong_wishes(
            [self.basket],
            {7: list(wishes)},
            self.offers,
            self.person,
            change.get("limits", self.limits),
        )
        return [refusal.code for refusal in refusals]

    def offer(self, number, **change):
        known = self.offers[number]
        values = {name: getattr(known, name) for name in known.__slots__}
        self.offers[number] = Offer(**values | change)

    def test_wishes_in_order(self):
        self.assertEqual(self.codes(), [])

    def test_number_of_wishes(self):
        self.assertEqual(self.codes([1]), ["too_few"])
        self.assertEqual(self.codes([]), ["too_few"])
        self.assertEqual(self.codes([1, 2, 3]), [])
        self.basket = Basket(7, frozenset(self.offers), least=0)
        self.assertEqual(self.codes([]), [])
        self.assertEqual(self.codes([1]), ["too_few"])

    def test_no_more_is_asked_than_one_may_choose(self):
        for number in (2, 3, 4):
            self.offer(number, open=False)
        self.assertEqual(self.codes([1]), [])

    def test_course_twice(self):
        self.assertEqual(self.codes([1, 1]), ["twice"])
        refusals = wrong_wishes(
            [self.basket, Basket(8, frozenset({1, 4}))],
            {7: [1, 2], 8: [1, 4]},
            self.offers,
            self.person,
            self.limits,
        )
        self.assertEqual(refusals, [Refusal("two_baskets", {"offering": 1})])

    def test_strange_ids(self):
        self.assertEqual(self.codes([1, 99]), ["not_in_basket"])
        refusals = wrong_wishes([], {9: [1]}, self.offers, self.person, self.limits)
        self.assertEqual(refusals, [Refusal("no_basket", {"basket": 9})])

    def test_closed(self):
        self.offer(1, open=False)
        self.assertEqual(self.codes(), ["closed"])

    def test_programmes(self):
        self.offer(1, programmes=frozenset({5, 6}))
        self.assertEqual(self.codes(), [])
        self.offer(1, programmes=frozenset({6}))
        self.assertEqual(self.codes(), ["programme"])

    def test_passed_already(self):
        self.person.passed = frozenset({101})
        self.assertEqual(self.codes(), ["passed"])

    def test_prerequisites(self):
        self.offer(1, needs=(frozenset({50, 51}),))
        self.assertEqual(self.codes(), ["prerequisite"])
        self.person.failed = frozenset({50})
        self.assertEqual(self.codes(), ["prerequisite"])
        self.person.passed = frozenset({51})
        self.assertEqual(self.codes(), [])

    def test_antirequisites(self):
        self.offer(1, excludes=frozenset({60}))
        self.assertEqual(self.codes(), [])
        self.person.passed = frozenset({60})
        self.assertEqual(self.codes(), ["excluded_passed"])
        self.person.passed = frozenset()
        self.person.held = {9: Offer(9, 60)}
        self.assertEqual(self.codes(), ["excluded"])
        # The rule holds whichever of the two has it.
        self.offer(1, excludes=frozenset())
        self.person.held = {9: Offer(9, 60, excludes=frozenset({101}))}
        self.assertEqual(self.codes(), ["excluded"])

    def test_subject_once(self):
        self.person.held = {9: Offer(9, 60, subject=11)}
        self.assertEqual(self.codes(), [])
        once = Limits(ranks=2, subject_once=True)
        self.assertEqual(self.codes(limits=once), ["subject"])
        self.assertEqual(pairs_apart(self.offers.values(), once), [(1, 3)])
        self.assertEqual(pairs_apart(self.offers.values(), self.limits), [])

    def test_credits_count_the_worst_that_can_come(self):
        self.person.held = {9: Offer(9, 60, credits=16.0)}
        limits = Limits(ranks=2, most_credits=20.0)
        self.assertEqual(self.codes([1, 3], limits=limits), [])
        limits = Limits(ranks=2, most_credits=19.0)
        self.assertEqual(self.codes([1, 3], limits=limits), ["most_credits"])
        limits = Limits(ranks=2, least_credits=19.0)
        self.assertEqual(self.codes([1, 3], limits=limits), ["least_credits"])
        self.assertEqual(self.codes([1, 2], limits=limits), [])

    def test_add_and_drop(self):
        person, baskets = self.person, [self.basket]

        def add(number, limits=self.limits):
            refusals = wrong_add(self.offers[number], baskets, person, limits)
            return [refusal.code for refusal in refusals]

        self.assertEqual(add(1), [])
        person.held = {1: self.offers[1]}
        self.assertEqual(add(1), ["held"])
        self.assertEqual(add(2), ["basket_full"])
        person.held = {9: Offer(9, 60, credits=18.0)}
        self.assertEqual(add(1, Limits(most_credits=21.0)), ["most_credits"])

        def drop(offer, limits=self.limits):
            return [r.code for r in wrong_drop(offer, baskets, person, limits)]

        self.assertEqual(drop(self.offers[1]), ["not_held"])
        self.assertEqual(drop(person.held[9]), ["no_choice"])
        person.held = {1: self.offers[1]}
        self.assertEqual(drop(self.offers[1]), [])
        self.assertEqual(
            drop(self.offers[1], Limits(least_credits=2.0)), ["least_credits"]
        )

    def test_seats(self):
        none, a, both = frozenset(), frozenset({"a"}), frozenset({"a", "b"})
        self.assertEqual(free_seats(3, {}, [none], none), 2)
        # One of three is kept for "a".
        self.assertEqual(free_seats(3, {"a": 1}, [], none), 2)
        self.assertEqual(free_seats(3, {"a": 1}, [], a), 3)
        self.assertEqual(free_seats(3, {"a": 1}, [none, none], none), 0)
        self.assertEqual(free_seats(3, {"a": 1}, [none, none], a), 1)
        # Whoever may sit in a reserved seat leaves the open one to others.
        self.assertEqual(free_seats(3, {"a": 1}, [a], none), 2)
        self.assertEqual(free_seats(3, {"a": 1, "b": 1}, [both, a], none), 1)
        self.assertEqual(free_seats(1, {}, [none, none], none), 0)

    def test_lottery(self):
        keys = [f"2026{number:03d}" for number in range(50)]
        drawn = lottery("seed", keys)
        self.assertEqual(sorted(drawn.values()), list(range(1, 51)))
        self.assertEqual(drawn, lottery("seed", reversed(keys)))
        self.assertNotEqual(drawn, lottery("seed2", keys))
        # What the page tells anybody to do by hand.
        first = min(keys, key=lambda key: sha256(f"seed:{key}".encode()).hexdigest())
        self.assertEqual(drawn[first], 1)
