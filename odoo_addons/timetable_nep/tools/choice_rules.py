"""What a student may choose, and who may have a seat. Plain Python over ids.

The only place where these rules are written: the portal's page, the import, the
add/drop window, the waiting list and the allotment all ask here. A refusal is a code
with its arguments; ``models/choice/timetable_choice_words.py`` makes the sentence.
"""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering as the rules see it."""

    id: int
    course: int
    credits: float = 0.0
    subject: int = 0
    """Its department; 0 where it has none."""
    programmes: frozenset = frozenset()
    """Whose students may take it; all where it is empty."""
    needs: tuple = ()
    """Prerequisites: sets of courses, one of each has to be passed."""
    excludes: frozenset = frozenset()
    """Courses that nobody takes beside or after it."""
    open: bool = True


@dataclass(frozen=True, slots=True)
class Basket:
    """A basket as the rules see it."""

    id: int
    offers: frozenset
    least: int = 1
    most: int = 1


@dataclass(slots=True)
class Person:
    """A student as the rules see them."""

    programme: int = 0
    year: int = 0
    passed: frozenset = frozenset()
    """Courses of earlier terms."""
    failed: frozenset = frozenset()
    held: dict = field(default_factory=dict)
    """Offering id → :class:`Offer`: what they take in the term already."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a window allows."""

    ranks: int = 3
    """Wishes asked for each basket."""
    most_credits: float = 0.0
    least_credits: float = 0.0
    subject_once: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that is broken; ``args`` are ids of offerings, baskets, courses, or
    numbers."""

    code: str
    args: dict = field(default_factory=dict)


def not_for(offer, person, limits):
    """Why this student may not have this offering, whatever else they choose."""
    if not offer.open:
        yield Refusal("closed", {"offering": offer.id})
    if offer.programmes and person.programme not in offer.programmes:
        yield Refusal("programme", {"offering": offer.id})
    if offer.course in person.passed:
        yield Refusal("passed", {"offering": offer.id})
    for courses in offer.needs:
        if not courses & person.passed:
            yield Refusal(
                "prerequisite", {"offering": offer.id, "courses": sorted(courses)}
            )
    for course in sorted(offer.excludes & person.passed):
        yield Refusal("excluded_passed", {"offering": offer.id, "course": course})
    for other in person.held.values():
        if other.id != offer.id:
            yield from not_together(offer, other, limits)


def not_together(one, other, limits):
    """Why nobody can have both of these."""
    if one.course in other.excludes or other.course in one.excludes:
        yield Refusal("excluded", {"offering": one.id, "other": other.id})
    elif limits.subject_once and one.subject and one.subject == other.subject:
        yield Refusal("subject", {"offering": one.id, "other": other.id})


def pairs_apart(offers, limits):
    """All pairs that nobody can have both of, for the allotment."""
    return [
        (one.id, other.id)
        for one, other in combinations(offers, 2)
        if any(not_together(one, other, limits))
    ]


def asked(basket, allowed, limits):
    """Wishes that a basket asks for: as many as the window says, or all there are."""
    return min(max(limits.ranks, basket.most), allowed)


def wrong_wishes(baskets, wishes, offers, person, limits):
    """Whatever keeps a student's ranked wishes from being saved.

    :param wishes: basket id → offering ids, the most wanted first
    :param offers: offering id → :class:`Offer`
    """
    found = []
    seen = {}
    known = {basket.id: basket for basket in baskets}
    for number in wishes.keys() - known.keys():
        found.append(Refusal("no_basket", {"basket": number}))
    most = sum(offer.credits for offer in person.held.values())
    least = most
    for basket in baskets:
        rows = list(wishes.get(basket.id, ()))
        strange = [row for row in rows if row not in basket.offers]
        if strange:
            found.append(Refusal("not_in_basket", {"basket": basket.id}))
            continue
        if len(set(rows)) < len(rows):
            found.append(Refusal("twice", {"basket": basket.id}))
            continue
        may = [o for o in basket.offers if not any(not_for(offers[o], person, limits))]
        wanted = asked(basket, len(may), limits)
        if (rows or basket.least) and len(rows) < wanted:
            found.append(
                Refusal(
                    "too_few",
                    {"basket": basket.id, "count": len(rows), "asked": wanted},
                )
            )
        for row in rows:
            if row in seen:
                found.append(Refusal("two_baskets", {"offering": row}))
            seen[row] = basket.id
            found += not_for(offers[row], person, limits)
        worth = sorted(offers[row].credits for row in rows)
        given = min(basket.most, len(rows))
        most += sum(worth[len(worth) - given :])
        least += sum(worth[:given])
    if limits.most_credits and most > limits.most_credits:
        found.append(
            Refusal("most_credits", {"credits": most, "limit": limits.most_credits})
        )
    if limits.least_credits and least < limits.least_credits:
        found.append(
            Refusal("least_credits", {"credits": least, "limit": limits.least_credits})
        )
    return found


def wrong_add(offer, baskets, person, limits):
    """Why this student may not add an offering to what they have."""
    if offer.id in person.held:
        return [Refusal("held", {"offering": offer.id})]
    found = list(not_for(offer, person, limits))
    for basket in baskets:
        if offer.id in basket.offers:
            count = len(basket.offers & person.held.keys())
            if count >= basket.most:
                found.append(
                    Refusal("basket_full", {"basket": basket.id, "most": basket.most})
                )
    credits = offer.credits + sum(row.credits for row in person.held.values())
    if limits.most_credits and credits > limits.most_credits:
        found.append(
            Refusal("most_credits", {"credits": credits, "limit": limits.most_credits})
        )
    return found


def wrong_drop(offer, baskets, person, limits):
    """Why this student may not give an offering back."""
    if offer.id not in person.held:
        return [Refusal("not_held", {"offering": offer.id})]
    if not any(offer.id in basket.offers for basket in baskets):
        return [Refusal("no_choice", {"offering": offer.id})]
    credits = sum(row.credits for row in person.held.values()) - offer.credits
    if limits.least_credits and credits < limits.least_credits:
        return [
            Refusal(
                "least_credits", {"credits": credits, "limit": limits.least_credits}
            )
        ]
    return []


# ---- Seats
def free_seats(seats, reserved, takers, kind):
    """How many more students of a kind can sit.

    A seat reserved for a group is taken by that group only; whoever could sit in one
    leaves the open seats to others. By Hall's condition.

    :param dict reserved: group → seats
    :param takers: for each student who has a seat, their groups
    :param kind: the groups of whoever asks
    """
    names = sorted(reserved)
    kinds = Counter(frozenset(taker).intersection(reserved) for taker in takers)
    kind = frozenset(kind).intersection(reserved)
    open_seats = seats - sum(reserved.values())
    free = None
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            inside = frozenset(chosen)
            if not kind <= inside:
                continue
            count = sum(number for row, number in kinds.items() if row <= inside)
            left = open_seats + sum(reserved[name] for name in chosen) - count
            free = left if free is None else min(free, left)
    return max(0, free)


# ---- Order
def lottery(seed, keys):
    """A place for everybody, that anybody who knows the seed can check.

    :param keys: what the lots are drawn with, such as enrolment numbers
    :return: key → place, 1 first: by SHA-256 of ``seed:key``
    """
    drawn = sorted(
        keys, key=lambda key: (sha256(f"{seed}:{key}".encode()).hexdigest(), str(key))
    )
    return {key: place for place, key in enumerate(drawn, 1)}
