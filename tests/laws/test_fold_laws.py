"""Facts are a join-semilattice: any order and repetition of one history is one set of facts and one decision (A3)."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.decision import Surroundings
from schemas.events import JobChange
from schemas.facts import Facts, JobFacts
from streams.eligibility import decide
from streams.fold import merge, merge_jobs
from tests.laws.histories import NOW, Half, folded, folded_jobs, histories, jobs, surroundings


@given(histories, surroundings, st.data())
def test_a03_any_permutation_and_repetition_decides_the_same(
    events: list[Half], around: Surroundings, data: st.DataObject
) -> None:
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations(repeated))
    facts, again = folded(events), folded(shuffled)
    assert msgspec.json.encode(again) == msgspec.json.encode(facts)
    assert decide(again, around, NOW) == decide(facts, around, NOW)


@given(histories, histories, histories)
def test_merge_is_commutative_associative_and_idempotent(a: list[Half], b: list[Half], c: list[Half]) -> None:
    x, y, z = folded(a), folded(b), folded(c)
    assert merge(x, y) == merge(y, x)
    assert merge(merge(x, y), z) == merge(x, merge(y, z))
    assert merge(x, x) is x
    assert merge(merge(x, y), y) == merge(x, y) == folded(a + b)


job_histories = st.lists(jobs, min_size=1, max_size=6)


@given(job_histories, job_histories, job_histories, st.data())
def test_jobs_obey_the_same_laws(
    a: list[JobChange], b: list[JobChange], c: list[JobChange], data: st.DataObject
) -> None:
    x, y, z = folded_jobs(a), folded_jobs(b), folded_jobs(c)
    assert folded_jobs(data.draw(st.permutations(a + a))) == x
    assert merge_jobs(x, y) == merge_jobs(y, x) == folded_jobs(a + b)
    assert merge_jobs(merge_jobs(x, y), z) == merge_jobs(x, merge_jobs(y, z))
    assert merge_jobs(x, x) is x


@given(histories, job_histories)
def test_facts_survive_being_stored(events: list[Half], changes: list[JobChange]) -> None:
    facts, job = folded(events), folded_jobs(changes)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Facts) == facts
    assert msgspec.json.decode(msgspec.json.encode(job), type=JobFacts) == job
    assert msgspec.convert(msgspec.to_builtins(facts), Facts) == facts
