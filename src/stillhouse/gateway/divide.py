"""A call that a release may give to its student: to which side it goes, and the lane there.

The student's lane is the call's own with the student in front: the teacher and its fallbacks stand
behind it, for what it declines and for when it is away. It is made once for a label and kept there.
"""

from typing import NamedTuple

from msgspec.structs import replace

from stillhouse.gateway.admit import Admitted, Lane
from stillhouse.gateway.labels import Label
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.provided import provided
from stillhouse.gateway.release import Split
from stillhouse.tenants import Directory
from stillhouse.units.instant import Instant
from stillhouse.wire.request import bounds


class StudentLane(NamedTuple):
    """Where a release sends the calls of one label that its student answers."""

    lane: Lane
    label: Label


def divided(
    admitted: Admitted, body: bytes, now: Instant, directory: Directory, leases: Leases
) -> Admitted:
    """The same call on its release's student, or as it was."""
    label, lane = admitted.label, admitted.lane
    split = label.split
    if split is None or not split.takes(body, lane.key.id):
        return admitted
    own = label.student
    if not isinstance(own, StudentLane) or now >= own.lane.until:
        own = label.student = _student_lane(lane, label, split, now, directory, leases)
    leg = own.lane.legs[0]
    if leg.sale is None or lane.surface not in leg.surfaces:
        return admitted  # it cannot be billed, or speaks another dialect
    most = leg.deployment
    tokens_in, tokens_out = bounds(
        admitted.asked, lane.surface, len(body), most.max_input_tokens, most.max_output_tokens
    )
    return replace(
        admitted,
        lane=own.lane,
        label=own.label,
        hold=max(admitted.hold, leg.bound(tokens_in, tokens_out)),
        tokens_in=max(admitted.tokens_in, tokens_in),
        tokens_out=max(admitted.tokens_out, tokens_out),
    )


def _student_lane(
    lane: Lane, label: Label, split: Split, now: Instant, directory: Directory, leases: Leases
) -> StudentLane:
    leg = split.student.at(now, label.account)
    legs = (leg, *lane.legs)
    served, ends = provided(directory, leases, legs, now)
    own = Lane(lane.path, lane.surface, legs, min(lane.until, leg.until, ends), served)
    forms = tuple(own.form(each, label.workload, label.cohort) for each in legs)
    other = Label(label.account, label.workload, forms, cohort=label.cohort)
    other.split, other.watch = split, label.watch
    return StudentLane(own, other)
