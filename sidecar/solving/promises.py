"""What a set of variants promises, judged by the plain scorer's figures alone."""

from sidecar.contract import JobOptions, Lead, Variant, VariantRequest
from sidecar.contract.catalogue import Message, message
from sidecar.contract.objective import AXES, SOFT_CONSTRAINTS, weights_of

LEAST_DIFFERENCE = 0.3
"""Share of placements in which any two variants are to differ."""


def with_leads(variants: list[Variant], options: JobOptions) -> list[Variant]:
    """The variants, each with its standing on its own axis.

    An axis compares broken hard rules first, then the cost of what the profile is named
    for, at the variant's own weights.
    """
    requests = {request.key: request for request in options.variants}
    return [
        variant.model_copy(
            update={"lead": _lead(variant, requests[variant.key], variants)}
        )
        for variant in variants
    ]


def _lead(mine: Variant, request: VariantRequest, variants: list[Variant]) -> Lead:
    axis = AXES.get(request.profile, tuple(SOFT_CONSTRAINTS))
    weights = weights_of(request.profile, request.weights)

    def cost(variant: Variant) -> tuple[int, int]:
        soft = sum(
            row.violations * weights[row.constraint]
            for row in variant.breakdown
            if not row.hard and row.constraint in axis
        )
        return variant.score.hard, soft

    others = [cost(variant) for variant in variants if variant.key != mine.key]
    own = cost(mine)
    return Lead(
        constraints=[name for name in axis if weights[name]],
        cost=own[1],
        best_other=min((soft for _, soft in others), default=None),
        leads=all(own <= other for other in others),
    )


def broken_promises(
    variants: list[Variant], differences: dict[str, float], options: JobOptions
) -> list[Message]:
    """What each promise is that the set does not keep."""
    notes = []
    missing = [r.key for r in options.variants if all(v.key != r.key for v in variants)]
    for key in missing:
        notes.append(message("variant_left_out", (), key=key))
    if options.mode == "repair":
        # There the variants are to be alike: like the timetable in force.
        return notes
    for variant in variants:
        if variant.lead is not None and not variant.lead.leads:
            notes.append(
                message(
                    "variant_not_best",
                    (),
                    key=variant.key,
                    profile=variant.profile,
                    cost=variant.lead.cost,
                    other=variant.lead.best_other or 0,
                )
            )
    for pair, share in differences.items():
        if share < LEAST_DIFFERENCE:
            a, _, b = pair.partition("|")
            notes.append(
                message("variants_alike", (), a=a, b=b, share=round(100 * share))
            )
    return notes


def deep_search_notes(stages: list[tuple[str, dict[str, object]]]) -> list[Message]:
    """What the deep search could not do."""
    notes = []
    for _, details in stages:
        told = details.get("deep_search")
        if not isinstance(told, dict):
            continue
        for key, facts in told.items():
            before, after = facts["events_before"], facts.get("events_after", 0)
            if before and not facts["entered"]:
                notes.append(
                    message("deep_search_left_out", (), key=key, events=before, most=50)
                )
            elif after:
                notes.append(
                    message("deep_search_done", (), key=key, before=before, after=after)
                )
    return notes
