"""Which tests run without coverage: what they run, cheaper ones run as well, but for few lines.

Measuring costs as much again as what is measured (on Python 3.11). A file of tests is named here if
leaving it out loses next to no line or branch, and none where every one must be run; what that
says was found by measuring each file by itself. A test that is not measured still runs and checks.
"""

WORKLOADS = (
    *("tests/mutants/", "tests/floors/", "tests/pages/test_days.py"),
    *("tests/architecture/test_readme.py", "tests/registry/demo/test_smoke.py"),
    *("tests/registry/cli/test_node.py", "tests/registry/cli/test_trial.py"),
    *("tests/registry/rules/test_workload.py", "tests/registry/rules/test_naive.py"),
    *("tests/registry/demo/test_together.py", "tests/registry/query/test_population.py"),
    *("tests/faults/", "tests/registry/projections/test_every_order.py"),
    *("tests/registry/exchange/test_lies.py", "tests/registry/projections/test_meilisearch.py"),
    "tests/registry/forms/test_enterprises.py::test_all_real_registrations",
    "tests/registry/catalogues/test_catalogues.py::test_the_whole_catalogue_of_iso",
    *("tests/search/test_finding.py", "tests/e2e/test_bad_input.py"),
    "tests/pages/test_voucher_pdf.py",
    *("tests/registry/api/test_access.py", "tests/registry/api/test_about.py"),
    *("tests/registry/catalogues/test_catalogues_any.py", "tests/registry/query/test_life.py"),
)
"""Workloads, mutants, faults, commands as processes, questions of every kind: slow ones."""
NO_LINE_OF_THEIR_OWN = (
    *("tests/architecture/test_budgets.py", "tests/architecture/test_contracts.py"),
    *("tests/architecture/test_portable.py", "tests/e2e/test_debian_postgres.py"),
    *("tests/pages/test_periods.py", "tests/search/contract/test_engine.py"),
    "tests/registry/access/test_decision_file.py",
    *(f"tests/registry/access/test_{name}.py" for name in ("limits", "reads", "third_party")),
    *(f"tests/registry/api/test_{name}.py" for name in ("answers", "book_files", "logs")),
    *(f"tests/registry/api/test_{name}.py" for name in ("tables", "types")),
    *("tests/registry/demo/test_story.py", "tests/registry/forms/test_sheets_write.py"),
    *(f"tests/registry/domain/test_{name}.py" for name in ("clocks", "disclosure", "identifiers")),
    *("tests/registry/exchange/test_following.py", "tests/registry/exchange/test_pull.py"),
    *(f"tests/registry/ingest/test_{name}.py" for name in ("admit", "check", "erase")),
    "tests/registry/ingest/test_checks_restricted.py",
    *(f"tests/registry/issued/test_{name}.py" for name in ("bundles", "statuses", "vouchers")),
    "tests/registry/ledger/test_append.py",
    *(f"tests/registry/projections/test_{name}.py" for name in ("follow", "recheck", "search")),
    *(f"tests/registry/query/test_{name}.py" for name in ("amended", "file", "repeats")),
    "tests/registry/query/test_pushes_naive.py",
    *(f"tests/registry/rules/test_{name}.py" for name in ("counts", "properties", "reader")),
    *(f"tests/registry/rules/test_{name}.py" for name in ("rows", "until")),
    *("tests/registry/screening/test_job.py", "tests/registry/screening/test_written.py"),
    "tests/registry/standards/test_standards_naive.py",
)
COSTLY = (
    *(f"tests/registry/access/test_{name}.py" for name in ("fuzz", "credentials", "measures")),
    *("tests/registry/demo/test_region.py", "tests/registry/cli/test_spreadsheets.py"),
    *("tests/registry/exchange/test_kept.py", "tests/registry/forms/test_generated.py"),
    *("tests/registry/ingest/test_recheck.py", "tests/registry/projections/test_cities.py"),
    *(f"tests/registry/query/test_{name}.py" for name in ("replay", "rulebook")),
    *("tests/registry/report_pages/test_pages.py", "tests/registry/reconciling/test_taken.py"),
    *("tests/registry/screening/test_screenings.py", "tests/registry/workbench/test_kept.py"),
    "tests/e2e/test_independent.py",
)
"""What these alone run is not counted: one line in a hundred, for much time."""
WHOLLY_MEASURED = (
    *("tests/signing/", "tests/registry/ledger/"),
    *("tests/registry/rules/test_gate.py", "tests/registry/rules/test_bad_books.py"),
    *("tests/registry/rules/test_catalogue.py", "tests/registry/rules/test_bad_fields.py"),
    *("tests/registry/rules/test_decide.py", "tests/registry/rules/test_cases.py::test_the_runner"),
    "tests/registry/rules/test_cases.py::test_a_defective_case",
    *("tests/registry/reconciling/test_notices.py", "tests/registry/reconciling/test_files.py"),
)
"""Where each set of values of a test is there for a branch of its own."""
MEASURED_EACH = 2
"""Of every other test, so many sets of values are measured; the rest finds no new line, either."""


def gains_nothing(nodeid: str, of_its_test: int, *, in_browser: bool) -> bool:
    """Tell whether a test runs unmeasured; it is the ``of_its_test``-th of its name."""
    if in_browser or nodeid.startswith((*WORKLOADS, *NO_LINE_OF_THEIR_OWN, *COSTLY)):
        return True
    return of_its_test > MEASURED_EACH and not nodeid.startswith(WHOLLY_MEASURED)
