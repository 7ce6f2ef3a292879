"""The pinned workload of the benchmark is what it says, and both engines find the same in it."""

from tests.bench import rules_workload as bench


def test_the_workload_is_as_stated_and_both_find_the_same():
    work = bench.build()
    assert len(work.book.rules) == 1000
    records = [[fact for fact in facts if not fact.target] for _, facts in work.subjects]
    assert {len(three) for three in records} == {3}
    assert min(bench.candidates(work)) >= 4
    ended = sum(1 for _, facts in work.subjects for fact in facts if fact.target)
    assert ended > 100
    ours = bench.matches_of_ours(work, bench.ours(work))
    assert sum(map(len, ours)) > 2 * len(work.subjects)
    assert bench.matches_of_theirs(bench.theirs_one_by_one(work)) == ours
    assert bench.matches_of_theirs(bench.theirs_looped(work)) == ours
