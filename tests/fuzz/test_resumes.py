"""A few hundred broken resumes; `python -m tests.fuzz.resume_mutations` makes ten thousand of them."""

import pytest

from tests.fuzz.resume_mutations import run


@pytest.mark.browser
@pytest.mark.parametrize("seed", [1, 2])
async def test_a30_a_mutated_resume_is_pages_words_or_a_notice(seed: int) -> None:
    outcomes = await run(300, seed)
    assert outcomes.total() == 300
    assert {name.split()[0] for name in outcomes} <= {"PagesPart", "FlowPart", "notice"}
    assert outcomes["notice too_complex"] <= 6, "too many inputs ran into the child's limits"
