"""P1 and P2 for every way an ATS can end a call and every kind of ATS; where P2 ends, the doubles are there to see."""

from __future__ import annotations

import pytest

from adapters.sandbox.faults import OK
from tests.chaos.matrix import Matrix, matrix_on, table

pytestmark = [pytest.mark.chaos, pytest.mark.service]

_REFUSED = ("400", "409", "redirect", "new records")  # told to a person where the vendor's own words allow no more


def _judge(matrix: Matrix) -> None:
    for name, count in matrix.counts.items():
        outcome, capability = matrix.cells[name].outcome, matrix.cells[name].column.capability
        said = f"{outcome.name} x {capability}: {count}"
        assert count.met == count.deliveries or outcome.effects == (OK,), said
        assert count.lost == 0, said
        assert (count.doubled > 0) == (capability in outcome.doubled_for), said
        assert (count.pdf_doubled > 0) == (capability in outcome.pdf_doubled_for), said
        if capability != "none" and not outcome.hidden:
            assert outcome.name.startswith(_REFUSED) or count.delivered == count.deliveries, said
        if capability == "none":
            assert count.manual["parked ambiguous_delivery"] == count.uncertain, said


@pytest.mark.timeout(300)
async def test_p1_p2_no_outcome_loses_or_doubles_anything_but_the_documented_late_ones(database_url: str) -> None:
    async with matrix_on(database_url) as matrix:
        await matrix.run(6)
    print(*table(matrix), sep="\n")  # noqa: T201 - shown with -s
    _judge(matrix)


@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_p1_p2_a_thousand_deliveries_in_each_cell(database_url: str) -> None:
    async with matrix_on(database_url) as matrix:
        await matrix.run(1_000)
    print(*table(matrix), sep="\n")  # noqa: T201 - shown with -s
    _judge(matrix)
