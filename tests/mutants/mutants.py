"""One-line defects, each with the tests that must notice it.

A mutant is a slip that a reviewer could miss: a bound off by one, a check left out, two things
swapped. ``before`` stands exactly once in the file, so that the list cannot rot silently. The
killers are named: if one of these promises loses its test, this list says which.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A defect: in ``file``, ``before`` becomes ``after``; each test of ``killers`` must fail."""

    file: str
    before: str
    after: str
    killers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file}: {self.before.strip()[:48]!r}"


PUSHES = (
    "tests/registry/query/test_pushes_naive.py"
    "::test_both_evaluators_agree_in_every_world_whatever_the_order_of_the_records"
)
BUNDLE = "tests/signing/test_bundle.py"
ANSWERS = "tests/registry/standards/test_cases.py::test_every_case_passes"
STATUSES = "tests/registry/issued/test_statuses.py"
CREDENTIALS = "tests/registry/access/test_credentials.py"
FEEDS = "tests/registry/exchange/test_feeds.py"
CHECKS = "tests/registry/ingest/test_checks.py"
STANDARDS = "tests/registry/standards"
SCREENING = "tests/registry/screening"
LOOKING = "tests/registry/saved/test_looking.py"
MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "registry/reconciling/keys.py",
        "return None if uscc_problems(code) else code",
        "return code",
        ("tests/registry/reconciling/test_files.py::test_what_a_row_says",),
    ),
    Mutant(
        "signing/report.py",
        "if told != (listed.origin, listed.idx, listed.entry) or said != (",
        "if told[:2] != (listed.origin, listed.idx) or said != (",
        (
            "tests/signing/test_report.py::test_what_is_wrong_is_refused_with_its_code[another-entry]",
        ),
    ),
    Mutant(
        "registry/screening/matching.py",
        "other_code = bool(asked.ids and seen.codes)",
        "other_code = False",
        (f"{SCREENING}/test_matching.py::test_a_row_beside_a_subject",),
    ),
    Mutant(
        "registry/screening/matching.py",
        'left = [one for one in told if _said(one) != "different"]',
        "left = told",
        (f"{SCREENING}/test_matching.py::test_what_was_judged_counts_and_is_told",),
    ),
    Mutant(
        "registry/screening/lists.py",
        "if len(self.rows) + self._blanks >= ROWS_MAX:",
        "if len(self.rows) >= ROWS_MAX:",
        (f"{SCREENING}/test_lists.py::test_rows_are_bounded_and_what_only_follows_is_not_counted",),
    ),
    Mutant(
        "registry/standards/spans.py",
        "one.until is None or on < one.until",
        "one.until is None or on <= one.until",
        (f"{STANDARDS}/test_spans.py::test_an_edition_is_on_every_day_what_answers_say_it_is",),
    ),
    Mutant(
        "registry/standards/spans.py",
        "(year(edition.number) or 0) > newest",
        "(year(edition.number) or 0) >= newest",
        (f"{STANDARDS}/test_spans.py::test_a_document_is_on_every_day_what_it_is_held_for",),
    ),
    Mutant(
        "registry/standards/compare.py",
        "above = lowest is None or (low is not None and low >= lowest)",
        "above = lowest is None or (low is not None and low > lowest)",
        (f"{STANDARDS}/test_compare.py::test_relations_are_those_of_a_naive_evaluator",),
    ),
    Mutant(
        "registry/standards/compare.py",
        '"other": ("not_satisfied", "other-method"),',
        '"other": ("on_condition", "other-method"),',
        (f"{STANDARDS}/test_compare.py::test_another_method_is_never_accepted",),
    ),
    Mutant(
        "registry/standards/case_clock.py",
        "self._decide_from = next_day(last)",
        "self._decide_from = last",
        (f"{STANDARDS}/test_case_clock.py::test_nothing_but_full_recognition_before_he_is_heard",),
    ),
    Mutant(
        "registry/standards/access.py",
        "item.in_force_until is not UNSET and item.in_force_until < on",
        "item.in_force_until is not UNSET and item.in_force_until <= on",
        (f"{STANDARDS}/test_access.py::test_an_item_that_ended_inside_its_edition_is_removed",),
    ),
    Mutant(
        "registry/exchange/feed_pages.py",
        "if await self._follow.last() == seen.known.newest:",
        "if await self._follow.last() >= seen.known.newest:",
        (f"{FEEDS}::test_what_ends_while_it_is_being_sent_is_not_sent_or_is_stopped",),
    ),
    Mutant(
        "registry/store/feeds.py",
        "WHERE consumer = $1 AND due < $2 AND NOT EXISTS",
        "WHERE consumer = $1 AND due <= $2 AND NOT EXISTS",
        (f"{FEEDS}::test_who_does_not_confirm_is_cut_off_until_he_does",),
    ),
    Mutant(
        "registry/exchange/feed_post.py",
        "return address.is_global and not address.is_multicast and not wrapped",
        "return address.is_global and not address.is_multicast",
        ("tests/registry/exchange/test_feed_hooks.py::test_addresses_that_are_refused",),
    ),
    Mutant(
        "registry/query/repeats.py",
        "logs[key] - {one.origin}",
        "logs[key]",
        ("tests/registry/query/test_repeats.py::test_within_one_log_nothing_is_marked",),
    ),
    Mutant(
        "registry/query/pushes.py",
        'if one.record.result != "lifted" or one.on < applied[-1].on:',
        'if one.record.result != "lifted":',
        (PUSHES,),
    ),
    Mutant(
        "registry/query/pushes.py",
        "facts = scene.facts(loaded.records, loaded)",
        "facts = scene.facts((), loaded)",
        (PUSHES,),
    ),
    Mutant(
        "registry/domain/organs.py",
        'and record.provenance.kind != "relayed"',
        "and bool(record.provenance.kind)",
        ("tests/registry/ingest/test_examples.py::test_an_organ_of_elsewhere",),
    ),
    Mutant(
        "registry/domain/tables/__init__.py",
        "on < self.until",
        "on <= self.until",
        (
            "tests/registry/domain/test_tables.py::test_rows_by_date_and_by_the_beginning_of_the_code",
        ),
    ),
    Mutant(
        "registry/ingest/checks_publicity.py",
        "until <= window.last",
        "until < window.last",
        ("tests/registry/ingest/test_checks_publicity.py::test_the_worked_clocks_of_order_36",),
    ),
    Mutant(
        "registry/ingest/checks_text.py",
        "if classes[at - 1] != _LETTER:",
        "if classes[at - 1] == _LETTER:",
        (f"{CHECKS}::test_quotes_and_ids_by_content_are_no_reason_to_look_closer",),
    ),
    Mutant(
        "registry/ingest/checks_text.py",
        'return b"\\x7f" in main or main.count(',
        'return b"\\x7f" in main and main.count(',
        (f"{CHECKS}::test_quotes_and_ids_by_content_are_no_reason_to_look_closer",),
    ),
    Mutant(
        "registry/ingest/checks_remark.py",
        'public=record.publication == "public"',
        "public=bool(record.publication)",
        (
            "tests/registry/ingest/test_examples.py::test_each_reason_has_a_bad_example_and_a_good_twin",
        ),
    ),
    Mutant(
        "registry/store/joining.py",
        "        if bar is None:\n",
        "        if bar is None or why is not None:\n",
        (
            "tests/registry/query/test_files_reading.py::test_different_outweighs_what_would_join_by_way_of_a_third_and_is_told",
        ),
    ),
    Mutant(
        "registry/store/joining.py",
        "key=lambda link: not link.stated",
        "key=lambda link: link.stated",
        ("tests/registry/query/test_files_reading.py::test_what_counts_of_one_pair",),
    ),
    Mutant(
        "registry/domain/disclosure.py",
        'end.subject.kind == "natural_person" for end in record.others',
        'end.subject.kind == "person" for end in record.others',
        (
            "tests/registry/domain/test_disclosure.py::test_a_relation_that_names_a_person_is_as_hidden_as_the_person",
        ),
    ),
    Mutant(
        "registry/standards/competence.py",
        "return not number.stays_at_home or",
        "return number.stays_at_home or",
        ("tests/registry/standards/test_competence.py::test_recognitions",),
    ),
    Mutant(
        "registry/query/relations.py",
        "if loaded is not None and self.sight.exists(loaded, one) else None",
        "if loaded is not None else None",
        ("tests/registry/query/test_relations.py::test_a_hidden_other_is_not_named",),
    ),
    Mutant(
        "signing/merkle.py",
        "return 1 << (width - 1).bit_length() - 1",
        "return 1 << width.bit_length() - 1",
        ("tests/signing/test_merkle.py::test_inclusion_proofs_are_path_of_the_rfc_and_verify",),
    ),
    Mutant(
        "signing/merkle.py",
        "return reduce(lambda right, left: node_hash(left, right), reversed(subtrees))",
        "return reduce(lambda right, left: node_hash(right, left), reversed(subtrees))",
        ("tests/signing/test_merkle.py::test_extending_in_any_steps_gives_the_naive_root",),
    ),
    Mutant(
        "signing/merkle.py",
        "if last != 0 or computed != root:",
        "if computed != root:",
        ("tests/signing/test_merkle.py::test_bad_inclusion",),
    ),
    Mutant(
        "signing/merkle.py",
        "if not 0 < old <= new:",
        "if not 0 <= old <= new:",
        ("tests/signing/test_merkle.py::test_bad_consistency",),
    ),
    Mutant(
        "signing/merkle.py",
        "if first < last:",
        "if first <= last:",
        ("tests/signing/test_merkle.py::test_any_subtree_is_proven_part_of_the_tree",),
    ),
    Mutant(
        "signing/merkle.py",
        "if here & 1 or here == last:",
        "if here & 1:",
        ("tests/signing/test_merkle.py::test_inclusion_proofs_are_path_of_the_rfc_and_verify",),
    ),
    Mutant(
        "signing/note.py",
        "if len(candidates) > 1:",
        "if len(candidates) > 2:",
        ("tests/signing/test_keys_and_notes.py::test_unknown_and_ambiguous_keys",),
    ),
    Mutant(
        "signing/note.py",
        "if not verified:",
        "if not verified and not unverified:",
        ("tests/signing/test_keys_and_notes.py::test_unknown_and_ambiguous_keys",),
    ),
    Mutant(
        "signing/encoding.py",
        "if encode_base64(data) != text:",
        "if len(encode_base64(data)) != len(text):",
        ("tests/signing/test_keys_and_notes.py::test_base64_that_is_not_canonical",),
    ),
    Mutant(
        "signing/encoding.py",
        '_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")',
        '_DECIMAL: Final = re.compile(r"[0-9]{1,19}")',
        ("tests/signing/test_keys_and_notes.py::test_decimals_that_are_not_canonical",),
    ),
    Mutant(
        "signing/keys.py",
        "if key.key_id.hex() != parts[1]:",
        "if len(key.key_id.hex()) != len(parts[1]):",
        ("tests/signing/test_keys_and_notes.py::test_bad_vkeys",),
    ),
    Mutant(
        "signing/checkpoint.py",
        "for wanted in (ED25519, *demanded)",
        "for wanted in demanded",
        (
            "tests/signing/test_checkpoints_and_receipts.py::test_a_cosigners_key_named_like_the_log_does_not_count",
        ),
    ),
    Mutant(
        "signing/messages.py",
        "if len(lines) != 4 or lines[3]:",
        "if len(lines) < 4 or lines[-1]:",
        ("tests/signing/test_checkpoints_and_receipts.py::test_bad_checkpoint_texts",),
    ),
    Mutant(
        "signing/messages.py",
        "if time == 0:",
        "if time < 0:",
        (
            "tests/signing/test_algorithms.py::test_a_cosignature_well_made_for_the_time_zero_is_none",
        ),
    ),
    Mutant(
        "signing/schemes.py",
        "if y >= _P or y in _SMALL_ORDER_Y:",
        "if y >= _P:",
        ("tests/signing/test_ed25519_edges.py::test_edge_cases_of_ed25519",),
    ),
    Mutant(
        "signing/sm2.py",
        "max(x, y) >= _P or",
        "max(x, y) > 2**256 or",
        ("tests/signing/test_sm2.py::test_a_coordinate_of_p_or_more_is_a_second_spelling",),
    ),
    Mutant(
        "signing/cosign.py",
        "if key.name != origin and (",
        "if (",
        (
            "tests/signing/test_algorithms.py::test_a_log_signs_with_the_time_zero_and_is_no_cosigner_of_itself",
        ),
    ),
    Mutant(
        "signing/charter.py",
        "charter.party(signed.checkpoint.origin).check_key(signed.basic, at)",
        "charter.party(signed.checkpoint.origin).check_key(signed.own, at)",
        (
            "tests/signing/test_charter_keys.py::test_the_window_of_the_second_algorithm_does_not_lengthen_that_of_the_first",
        ),
    ),
    Mutant(
        "signing/policy.py",
        ">= group.threshold:",
        "> group.threshold:",
        ("tests/signing/test_policy.py::test_every_subset_of_the_example",),
    ),
    Mutant(
        "signing/policy.py",
        "if member in self._members:",
        "if member in members[:0]:",
        ("tests/signing/test_policy.py::test_bad_policies",),
    ),
    Mutant(
        "signing/quorum.py",
        "moments = sorted(set(times.values()))",
        "moments = sorted(set(times.values()), reverse=True)",
        (
            "tests/signing/test_policy.py::test_who_has_seen_it_who_is_missing_who_else_and_since_when",
        ),
    ),
    Mutant(
        "signing/cosign.py",
        "return tuple(sorted(found, key=lambda item: item.time))",
        "return tuple(found)",
        (
            "tests/signing/test_checkpoints_and_receipts.py::test_receipts_survive_and_the_earliest_mirror_counts",
        ),
    ),
    Mutant(
        "signing/receipt.py",
        "others = tuple(line for line in note.signatures if not line.is_by(mirror_key.vkey))",
        "others = tuple(note.signatures)",
        (
            "tests/signing/test_checkpoints_and_receipts.py::test_a_forged_line_of_the_mirror_does_not_spoil_the_receipt",
        ),
    ),
    Mutant(
        "signing/receipt.py",
        "if not cosignatures:",
        "if not opened.keys:",
        ("tests/signing/test_checkpoints_and_receipts.py::test_bad_receipts",),
    ),
    Mutant(
        "signing/record.py",
        "if canonical != data:",
        "if len(canonical) != len(data):",
        ("tests/signing/test_record.py::test_bad_lines",),
    ),
    Mutant(
        "signing/record.py",
        "if salt == restricted_salt:",
        "if salt is restricted_salt:",
        ("tests/signing/test_record.py::test_bad_lines",),
    ),
    Mutant(
        "signing/record.py",
        "if abs(value) > MAX_INTEGER:",
        "if value > MAX_INTEGER:",
        ("tests/signing/test_record.py::test_bad_lines",),
    ),
    Mutant(
        "signing/record.py",
        "if depth > MAX_DEPTH:",
        "if depth > MAX_DEPTH + 1:",
        ("tests/signing/test_record.py::test_bad_lines",),
    ),
    Mutant(
        "signing/record.py",
        "return sha256(main).digest() + sha256(restricted).digest()",
        "return sha256(restricted).digest() + sha256(main).digest()",
        ("tests/signing/test_record.py::test_the_entry_is_two_digests",),
    ),
    Mutant(
        "signing/record.py",
        'if any(char > "\\uffff" for char in key):',
        'if any(char > "\\U0010ffff" for char in key):',
        ("tests/signing/test_record.py::test_bad_lines",),
    ),
    Mutant(
        "signing/batch.py",
        "if len(fields) != len(pairs):",
        "if len(fields) > len(pairs):",
        ("tests/signing/test_batch.py::test_bad_batches",),
    ),
    Mutant(
        "signing/tiles.py",
        "if ref.path != path:",
        "if ref.n != int(digits):",
        ("tests/signing/test_tiles_and_proofs.py::test_other_spellings_of_tile_paths",),
    ),
    Mutant(
        "signing/parties.py",
        "within = self.start <= at and (self.until is None or at < self.until)",
        "within = self.start <= at and (self.until is None or at <= self.until)",
        ("tests/signing/test_charter.py::test_log_keys_by_time",),
    ),
    Mutant(
        "signing/charter.py",
        "if len(opened.keys) < charter.threshold:",
        "if len(opened.verified) + len(opened.unverified) < charter.threshold:",
        ("tests/signing/test_charter.py::test_the_threshold_of_its_own_roots",),
    ),
    Mutant(
        "signing/charter.py",
        "_check_threshold(_open_by_roots(note, previous), previous)",
        "_check_threshold(_open_by_roots(note, charter), charter)",
        ("tests/signing/test_charter.py::test_succession_needs_the_old_roots_and_the_new",),
    ),
    Mutant(
        "signing/parties.py",
        "return within and (self.revoked is None or at < self.revoked)",
        "return within and (self.revoked is None or at <= self.revoked)",
        ("tests/signing/test_parties.py::test_a_revoked_key_counts_until_the_second_before",),
    ),
    Mutant(
        "signing/verify.py",
        "if revoked is not None and (time is None or seen_by < trusted.quorum):",
        "if revoked is not None and time is None:",
        (
            "tests/signing/test_parties.py::test_what_no_quorum_has_cosigned_may_have_been_signed_at_any_time",
        ),
    ),
    Mutant(
        "signing/charter.py",
        "if charter.version != previous.version + 1:",
        "if charter.version < previous.version + 1:",
        ("tests/signing/test_charters.py::test_a_skipped_version_is_named",),
    ),
    Mutant(
        "signing/parties.py",
        "left = (self.last_day - today).days",
        "left = (self.last_day - today).days - 1",
        ("tests/signing/test_parties.py::test_every_day_has_one_standing",),
    ),
    Mutant(
        "signing/charters.py",
        "if pinned and chain and chain[0].digest != pinned:",
        "if pinned and chain and pinned not in [one.digest for one in chain]:",
        ("tests/signing/test_charters.py::test_a_chain_begins_with_the_version_that_is_pinned",),
    ),
    Mutant(
        "registry/ledger/charters.py",
        "if kept != charter.digest:",
        "if not kept:",
        (
            "tests/registry/ledger/test_charters.py::test_of_two_processes_with_two_versions_the_slower_is_refused",
        ),
    ),
    Mutant(
        "registry/ledger/read.py",
        "note = receipts[-1]",
        "note = receipts[0]",
        (
            "tests/registry/ingest/test_charter_at_the_door.py::test_after_a_revocation_the_log_as_served_is_vouched_for_by_the_next_key",
        ),
    ),
    Mutant(
        "registry/ledger/takeovers.py",
        "while homes and homes[-1][1] == node:",
        "if homes and homes[-1][1] == node:",
        (
            "tests/registry/ledger/test_takeovers.py::test_a_log_has_moved_here_since_the_version_that_says_so",
        ),
    ),
    Mutant(
        "registry/ingest/admit.py",
        "if claimed.size != head.size:",
        "if claimed.size < head.size:",
        ("tests/registry/ingest/test_moved_home.py::test_what_the_node_lacks_is_named",),
    ),
    Mutant(
        "registry/ingest/admit.py",
        "cosigning = moved is None or not refill",
        "cosigning = True",
        (
            "tests/registry/ingest/test_moved_home.py::test_nothing_is_admitted_before_the_log_is_handed_over",
        ),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "if not any(line.is_by(key.vkey) for line in parse_note(receipt.note).signatures):",
        "if not parse_note(receipt.note).signatures:",
        (
            "tests/registry/exchange/test_rotation.py::test_a_receipt_without_the_new_signature_is_not_believed",
        ),
    ),
    Mutant(
        "registry/exchange/home.py",
        "if not self.charter.counts(seen.key, seen.time):",
        "if seen.key not in mirrors:",
        (
            "tests/registry/exchange/test_rotation.py::test_a_home_node_that_changed_its_key_is_believed_for_what_the_old_one_cosigned",
        ),
    ),
    Mutant(
        "registry/exchange/workdir.py",
        "for one in sorted(windows, key=lambda w: w.start)}",
        "for one in sorted(windows, key=lambda w: -w.start)}",
        ("tests/registry/exchange/test_rotation.py::test_the_charter_says_which_key_signs",),
    ),
    Mutant(
        "signing/verify.py",
        "if known != checkpoint.root:",
        "if len(known) != len(checkpoint.root):",
        ("tests/signing/test_verify.py::test_two_roots_for_one_size_are_a_fork",),
    ),
    Mutant(
        "signing/batch.py",
        "if self._fed > MAX_UNPACKED:",
        "if len(chunk) > MAX_UNPACKED:",
        ("tests/mutants/test_promises.py::test_the_bound_on_a_batch_is_on_all_of_it",),
    ),
    Mutant(
        "registry/domain/disclosure.py",
        "and (view.sealed or not state.basis_public_security)",
        "and (view.acts or not state.basis_public_security)",
        ("tests/registry/domain/test_disclosure.py::test_who_sees",),
    ),
    Mutant(
        "registry/domain/disclosure.py",
        '_CLASSED: Final = frozenset({"general", "serious"})',
        '_CLASSED: Final = frozenset({"minor", "general", "serious"})',
        ("tests/registry/domain/test_disclosure.py::test_who_sees",),
    ),
    Mutant(
        "registry/domain/disclosure.py",
        '_STANDING: Final = frozenset({"standing"})',
        '_STANDING: Final = frozenset({"standing", "repaired"})',
        ("tests/registry/domain/test_disclosure.py::test_who_sees",),
    ),
    Mutant(
        "registry/domain/disclosure.py",
        "on > state.publicity_until",
        "on >= state.publicity_until",
        ("tests/registry/domain/test_disclosure.py::test_who_sees",),
    ),
    Mutant(
        "registry/domain/identifiers.py",
        "return USCC_ALPHABET[-sum(map(mul, values, _USCC_WEIGHTS)) % 31]",
        "return USCC_ALPHABET[sum(map(mul, values, _USCC_WEIGHTS)) % 31]",
        ("tests/registry/domain/test_identifiers.py::test_valid_codes_have_no_problems",),
    ),
    Mutant(
        "registry/domain/identifiers.py",
        "_ORGCODE_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)",
        "_ORGCODE_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 2, 4)",
        ("tests/registry/domain/test_identifiers.py::test_valid_codes_have_no_problems",),
    ),
    Mutant(
        "registry/domain/subjects.py",
        'return sha256(f"{scheme}:{identifier}".encode()).digest()[:16]',
        'return sha256(f"{identifier}".encode()).digest()[:16]',
        ("tests/registry/domain/test_subjects.py::test_unified_code_comes_first",),
    ),
    Mutant(
        "registry/ingest/checks_penalty.py",
        'if record.publication != "public" or not under_public_security_law(record.basis):',
        'if record.publication == "public" or not under_public_security_law(record.basis):',
        ("tests/registry/ingest/test_checks.py::test_each_reason_where_it_is",),
    ),
    Mutant(
        "registry/ingest/checks_penalty.py",
        "if kinds.fine is (record.fine_wan_yuan is UNSET):",
        "if kinds.fine and record.fine_wan_yuan is UNSET:",
        ("tests/registry/ingest/test_checks.py::test_each_reason_where_it_is",),
    ),
    Mutant(
        "registry/forms/sheets_cells.py",
        "_EXACT: Final = 10**15",
        "_EXACT: Final = 10**18",
        (
            "tests/registry/forms/test_sheets.py::test_codes_that_became_numbers_are_errors_where_digits_are_lost",
        ),
    ),
    Mutant(
        "registry/forms/table.py",
        'if plain and (column is None or column.reading != "amount"):',
        "if plain:",
        (
            "tests/registry/forms/test_sheets.py::test_a_value_merged_down_a_column_is_every_rows_and_an_amount_is_nobodys",
        ),
    ),
    Mutant(
        "registry/forms/sheets_xlsx.py",
        "        parser.StartDoctypeDeclHandler = doctype\n",
        "",
        (
            "tests/registry/forms/test_sheets_hostile.py::test_a_file_that_is_none_is_refused_by_name_in_both_languages",
        ),
    ),
    Mutant(
        "registry/forms/sheets_rows.py",
        "numbers.count(numbers[0]) < len(numbers)",
        "not numbers.count(numbers[0])",
        (
            "tests/registry/forms/test_sheets_plain.py::test_rows_with_and_without_the_parser_come_to_the_same",
        ),
    ),
    Mutant(
        "registry/forms/sheets_plain.py",
        "size < len(end) or _commented(left)",
        "size < len(end)",
        (
            "tests/registry/forms/test_sheets_plain.py::test_what_looks_plain_in_a_comment_is_not_counted",
        ),
    ),
    Mutant(
        "registry/ingest/checks.py",
        "not salts.isdisjoint(own)",
        "False",
        ("tests/registry/ingest/test_checks.py::test_salts_of_a_batch",),
    ),
    Mutant(
        "registry/forms/sheets_refusals.py",
        'within("rows", self.rows, MAX_ROWS, self.name)',
        'within("rows", 0, MAX_ROWS, self.name)',
        (
            "tests/registry/forms/test_sheets_hostile.py::test_a_file_that_is_none_is_refused_by_name_in_both_languages",
        ),
    ),
    Mutant(
        "registry/ingest/checks_penalty.py",
        "_YUAN_DIGITS: Final = 6",
        "_YUAN_DIGITS: Final = 7",
        ("tests/registry/ingest/test_checks.py::test_each_reason_where_it_is",),
    ),
    Mutant(
        "registry/ingest/acts.py",
        "return by_charter or same_organ(stated.authority, act.record.authority)",
        "return by_charter or bool(stated.authority)",
        ("tests/registry/query/test_file.py::test_an_act_of_another_authority_has_no_effect",),
    ),
    Mutant(
        "registry/ingest/admission.py",
        "if head is None or (head.size, head.root) != (",
        "if head is None or (head.size, head.root) == (",
        ("tests/registry/ingest/test_admit.py::test_a_batch_brings_a_receipt_that_verifies",),
    ),
    Mutant(
        "registry/ingest/prepare.py",
        "elif record.id in known_ids or record.id in self._ids:",
        "elif record.id in known_ids:",
        (
            "tests/registry/ingest/test_admit.py::test_bad_records_of_a_signed_batch_are_quarantined_not_refused",
        ),
    ),
    Mutant(
        "registry/ingest/admit.py",
        "return max(unix(self._means.clock), head.cosigned_at, known)",
        "return unix(self._means.clock)",
        ("tests/mutants/test_promises.py::test_the_time_of_a_cosignature_never_goes_back",),
    ),
    Mutant(
        "registry/ingest/admit.py",
        "if last is not None and head.size < last.size == signed.checkpoint.size:",
        "if last is not None and last.size == signed.checkpoint.size:",
        (
            "tests/registry/ingest/test_admit_hostile.py::test_a_key_that_follows_another_without_overlap_signs_the_tree_anew",
        ),
    ),
    Mutant(
        "registry/ingest/acts.py",
        "named = [row for row in named if row.idx < act.idx]",
        "named = list(named)",
        (
            "tests/registry/ingest/test_acts.py::test_an_act_before_its_target_has_no_effect_however_they_are_batched",
        ),
    ),
    Mutant(
        "registry/ingest/check.py",
        "if record.id in self.ids or record.id in known:",
        "if record.id in self.ids:",
        (
            "tests/registry/ingest/test_check.py::test_ids_are_compared_within_the_batch_and_with_the_log",
        ),
    ),
    Mutant(
        "registry/query/show.py",
        "if sha256(one.main).digest() != one.entry[:_DIGEST]:",
        "if not one.main:",
        (
            "tests/registry/query/test_record.py::test_a_body_that_is_not_what_was_logged_is_neither_shown_nor_used",
        ),
    ),
    Mutant(
        "registry/query/show.py",
        'del main["salt"]',
        "pass",
        (
            "tests/registry/query/test_withheld.py::test_without_the_salt_a_guessed_name_cannot_be_tried_against_the_entry",
        ),
    ),
    Mutant(
        "registry/ingest/prepare.py",
        'shown = "" if who.scheme == "person" else who.identifier',
        "shown = who.identifier",
        (
            "tests/mutants/test_promises.py::test_a_persons_document_number_is_in_no_row_that_can_be_searched",
        ),
    ),
    Mutant(
        "registry/ingest/check.py",
        "self.good += good",
        "self.good += 1",
        ("tests/mutants/test_promises.py::test_a_dry_run_counts_only_good_rows_as_good",),
    ),
    Mutant(
        "registry/ledger/append.py",
        "for idx, value in enumerate(completed[height], start >> height):",
        "for idx, value in enumerate(completed[height], start):",
        ("tests/registry/ingest/test_admit.py::test_batches_follow_each_other_and_tiles_hold",),
    ),
    Mutant(
        "registry/ledger/append.py",
        "for height in range(TILE_HEIGHT, len(completed), TILE_HEIGHT):",
        "for height in range(TILE_HEIGHT, len(completed) - 1, TILE_HEIGHT):",
        ("tests/registry/ingest/test_admit.py::test_batches_follow_each_other_and_tiles_hold",),
    ),
    Mutant(
        "registry/ledger/append.py",
        "tree.extend(leaves[: size - start])",
        "tree.extend(leaves[:size])",
        (
            "tests/mutants/test_promises.py::test_the_root_at_an_earlier_size_starts_from_the_stored_edge",
        ),
    ),
    Mutant(
        "registry/ledger/cosigned.py",
        'name = sha256(f"{self._cosigner}\\n{origin}".encode()).hexdigest()[:32]',
        'name = sha256(f"{origin}".encode()).hexdigest()[:32]',
        ("tests/mutants/test_promises.py::test_each_cosigner_remembers_for_itself",),
    ),
    Mutant(
        "registry/domain/calendar.py",
        "return day in self.worked or (day.weekday() < _WORKED and day not in self.off)",
        "return day.weekday() < _WORKED and day not in self.off",
        ("tests/registry/domain/test_calendar.py::test_days_as_they_were_arranged",),
    ),
    Mutant(
        "registry/domain/calendar.py",
        "if unknown is None and not calendar.knows(day):",
        "if unknown is None and not calendar.knows(start):",
        ("tests/registry/domain/test_calendar.py::test_beyond_its_last_year_a_calendar_says_so",),
    ),
    Mutant(
        "registry/domain/clocks.py",
        "return replace(window, first=next_day(end.day))",
        "return replace(window, first=end.day)",
        ("tests/registry/domain/test_clocks.py::test_case",),
    ),
    Mutant(
        "registry/domain/clocks.py",
        "if _ended_before(made, later.since):",
        "if not made:",
        ("tests/registry/domain/test_clocks.py::test_case",),
    ),
    Mutant(
        "registry/domain/clock_match.py",
        'if clock.classes and facts.severity == "unclassified":',
        'if clock.classes and facts.severity == "minor":',
        ("tests/registry/domain/test_clocks.py::test_the_organ_s_class_alone_decides",),
    ),
    Mutant(
        "registry/ingest/checks_rules.py",
        "published - due.day <= (",
        "published - due.day < (",
        ("tests/registry/ingest/test_checks.py::test_what_is_no_defect",),
    ),
    Mutant(
        "registry/domain/periods.py",
        "day = date(year, month, min(start.day, month_end)) + days * DAY",
        "day = date(year, month, min(start.day, month_end)) + (days + 1) * DAY",
        ("tests/registry/rules/test_cases.py::test_every_case_of_the_real_book_passes",),
    ),
    Mutant(
        "registry/domain/periods.py",
        "return None if day == date.max else day + DAY",
        "return day if day == date.max else day + DAY",
        ("tests/registry/domain/test_periods.py::test_without_end_stays_without_end",),
    ),
    Mutant(
        "registry/ingest/slots.py",
        "self._quiet.clear()",
        "self._quiet.set()",
        ("tests/registry/ingest/test_slots.py::test_nothing_begins_while_an_admission_runs",),
    ),
    Mutant(
        "registry/rules/decide.py",
        "if not organ or not use.key or organ in use.organs:",
        "if not organ or not use.key or use.organs:",
        ("tests/registry/rules/test_decide.py::test_an_organ_sees_what_is_its_own",),
    ),
    Mutant(
        "registry/rules/decide.py",
        "uses = tuple(use for use in uses if not use.ends_on_repair)",
        "uses = tuple(use for use in uses if use.ends_on_repair)",
        ("tests/registry/rules/test_cases.py::test_every_case_of_the_real_book_passes",),
    ),
    Mutant(
        "registry/rules/decide.py",
        '"suspended" if suspensions else "active"',
        '"active"',
        ("tests/registry/rules/test_cases.py::test_every_case_of_the_real_book_passes",),
    ),
    Mutant(
        "registry/rules/stops.py",
        'if act.type == "withdrawal" and act.decided_on <= self.ask.on',
        'if act.type == "withdrawal"',
        ("tests/registry/rules/test_decide.py::test_a_withdrawn_act_acts_no_more",),
    ),
    Mutant(
        "registry/rules/stops.py",
        "if start > on or (end is not None and end <= on):",
        "if start > on:",
        ("tests/registry/rules/test_decide.py::test_a_stay_or_shield_suspends_for_its_time",),
    ),
    Mutant(
        "registry/rules/conflicts.py",
        "until = max((hit.until for hit in alike), key=_ordinal)",
        "until = min((hit.until for hit in alike), key=_ordinal)",
        ("tests/registry/rules/test_decide.py::test_several_causes_of_one_measure",),
    ),
    Mutant(
        "registry/rules/conflicts.py",
        "by_policy = -_ordinal(hit.until)",
        "by_policy = _ordinal(hit.until)",
        ("tests/registry/rules/test_decide.py::test_several_causes_of_one_measure",),
    ),
    Mutant(
        "registry/rules/conflicts.py",
        "if not one.lead.rule.reward and not one.suspensions and one.lead.use.effect in BURDENS",
        "if not one.lead.rule.reward and one.lead.use.effect in BURDENS",
        ("tests/registry/rules/test_decide.py::test_a_suspended_burden_suspends_nothing",),
    ),
    Mutant(
        "registry/rules/check_law.py",
        "if loss and instrument.level not in STRONG_LEVELS:",
        "if loss and instrument.level not in {*STRONG_LEVELS, 'ministry_rule'}:",
        (
            "tests/registry/rules/test_gate.py::test_an_unlawful_draft_is_refused_for_its_own_reason",
        ),
    ),
    Mutant(
        "registry/rules/check_fair.py",
        'return local != other if kind == "reward" else not other <= local',
        "return not other <= local",
        (
            "tests/registry/rules/test_gate.py::test_an_unlawful_draft_is_refused_for_its_own_reason",
        ),
    ),
    Mutant(
        "registry/rules/check_lists.py",
        "    elif until < start:",
        "    elif until < date(start.year, 1, 1):",
        (
            "tests/registry/rules/test_gate.py::test_an_unlawful_draft_is_refused_for_its_own_reason",
        ),
    ),
    Mutant(
        "registry/rules/catalogue.py",
        "one.start <= on and (one.until is None or on < one.until) and reaches(one.scope, member)",
        "one.start <= on and (one.until is None or on < one.until)",
        (
            "tests/registry/rules/test_catalogue.py::test_a_measure_of_a_supplement_applies_only_where_it_is_listed",
        ),
    ),
    Mutant(
        "registry/query/show.py",
        "self._days = (on,) if on == today else (on, today)",
        "self._days = (on,)",
        (
            "tests/registry/query/test_decide.py::test_after_exit_or_repair_nothing_applies_on_any_date_and_nothing_is_told",
        ),
    ),
    Mutant(
        "registry/query/show.py",
        "own_member = viewer.role not in _OF_MEMBERS or viewer.member == one.member",
        "own_member = True",
        (
            "tests/registry/query/test_file.py::test_clerks_see_all_of_their_own_member_and_what_is_public_of_others",
        ),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "if remote.size < self._state.size and remote.size not in known:",
        "if remote.size not in known:",
        (
            "tests/registry/exchange/test_publisher.py::test_a_new_installation_takes_its_state_from_the_node",
        ),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "if error.status != _CONFLICT or error.detail_code in _NOT_WHOLE:",
        "if error.status == _CONFLICT or error.detail_code in _NOT_WHOLE:",
        (
            "tests/registry/exchange/test_publisher.py::test_a_moving_log_is_looked_at_anew_but_not_for_ever",
        ),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "exact = (receipt.size, receipt.root) == (batch.end, batch.root)",
        "exact = receipt.size == batch.end",
        (
            "tests/registry/exchange/test_publisher.py::test_a_receipt_for_the_same_size_but_another_tree_is_not_kept",
        ),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "if batch.start > self._head.size:",
        "if batch.start > batch.end:",
        ("tests/registry/exchange/test_publisher.py::test_a_batch_missing_in_the_middle_is_named",),
    ),
    Mutant(
        "registry/exchange/publisher.py",
        "return bool(batches) and batches[-1].lines() == self._log.staged()",
        "return bool(batches)",
        (
            "tests/registry/exchange/test_publisher.py::test_rows_staged_after_an_earlier_batch_are_sealed_by_the_next_run",
        ),
    ),
    Mutant(
        "registry/exchange/home.py",
        "return open_receipt(note, self.charter.log_keys(self.origin, seen.time), mirrors)",
        "return open_receipt(note, self.keys, mirrors)",
        (
            "tests/registry/exchange/test_publisher.py::test_a_receipt_counts_only_if_the_key_was_valid_when_it_was_given",
        ),
    ),
    Mutant(
        "registry/store/reading.py",
        "return known if known is not None and known.newest == newest else None",
        "return known",
        ("tests/registry/query/test_file.py::test_what_is_admitted_is_seen_by_the_next_question",),
    ),
    Mutant(
        "registry/query/facts.py",
        "if act.row.competent and act.row.type in _FACTS:",
        "if act.row.type in _FACTS:",
        (
            "tests/registry/query/test_decide.py::test_an_act_without_competence_is_no_fact_even_for_the_auditor",
        ),
    ),
    Mutant(
        "registry/ledger/read.py",
        "if not 0 <= idx < size <= head.size:",
        "if not 0 <= idx < size:",
        ("tests/mutants/test_promises.py::test_nothing_is_proven_of_a_size_the_log_does_not_have",),
    ),
    Mutant(
        "registry/store/engine.py",
        "self._engine.current_transaction.reset(transaction.context)",
        "self._engine.current_transaction.get()",
        (
            "tests/registry/store/test_engine.py::test_a_rollback_that_fails_gives_connection_and_task_free",
        ),
    ),
    Mutant(
        "registry/store/engine.py",
        "transaction = self._engine.transaction(allow_nested=False)",
        "transaction = self._engine.transaction()",
        (
            "tests/registry/store/test_engine.py::test_a_transaction_in_a_transaction_is_refused_and_the_outer_one_goes_on",
        ),
    ),
    Mutant(
        "registry/store/logs.py",
        "return int.from_bytes(sha256(origin.encode()).digest()[:8]) >> 1",
        "return int.from_bytes(sha256(origin.encode()).digest()[:8]) >> 2",
        (
            "tests/registry/store/test_logs.py::test_the_key_of_a_log_is_the_first_63_bits_of_its_digest",
        ),
    ),
    Mutant(
        "signing/charter.py",
        "seen = cosignatures_of(open_note(data, trusted.node(node).mirrors))[0]",
        "seen = cosignatures_of(open_note(data, trusted.mirror_keys))[0]",
        ("tests/signing/test_voucher.py::test_what_is_wrong_is_refused_with_its_code",),
    ),
    Mutant(
        "registry/issued/voucher.py",
        "measures=_both(voucher.measures, now.measures),",
        "measures=voucher.measures,",
        (
            "tests/registry/issued/test_vouchers.py::test_on_the_page_a_repaired_record_is_as_if_it_had_never_been_there",
        ),
    ),
    Mutant(
        "registry/issued/vouchers.py",
        "files = offered and is_whole(voucher, shown)",
        "files = offered",
        (
            "tests/registry/issued/test_vouchers.py::test_on_the_page_a_repaired_record_is_as_if_it_had_never_been_there",
        ),
    ),
    Mutant(
        "registry/issued/vouchers.py",
        "if len(self._recent) >= self._issuer.per_minute:",
        "if len(self._recent) > self._issuer.per_minute:",
        (
            "tests/registry/issued/test_vouchers.py::test_strangers_cannot_make_the_node_keep_without_bound",
        ),
    ),
    Mutant(
        "registry/settings.py",
        "return cls.model_validate({**stated, **EnvSettingsSource(cls)()})",
        "return cls.model_validate(stated)",
        ("tests/registry/test_settings.py::test_the_environment_wins_over_the_file",),
    ),
    Mutant(
        "registry/pages/compare_page.py",
        "if len(exact) == 1:",
        "if exact:",
        ("tests/pages/test_views.py::test_a_name_of_two_subjects_is_never_settled_for_the_person",),
    ),
    Mutant(
        "registry/pages/subject_records.py",
        'return "honours" if kind.family == "honour" else "adverse"',
        'return "adverse" if kind.family == "serious" else "honours"',
        (
            "tests/pages/test_views.py::test_untrustworthy_records_stand_apart_from_honours_and_permits",
        ),
    ),
    Mutant(
        "registry/pages/frame.py",
        'printed=self._printed() if status < _ERRORS else "",',
        "printed=self._printed(),",
        (
            "tests/pages/test_pages.py::test_gone_is_one_sentence_and_the_same_for_what_never_existed",
        ),
    ),
    Mutant(
        "registry/query/rulebook.py",
        "        if one.passed\n",
        "        if one.facts\n",
        (
            "tests/registry/query/test_rulebook.py::test_examples_that_do_not_hold_or_cannot_be_read_leave_the_rules_alone",
        ),
    ),
    Mutant(
        "registry/access/keys.py",
        "        if key is None or not same:",
        "        if key is None:",
        (f"{CREDENTIALS}::test_keys_that_nobody_issued_are_refused_alike",),
    ),
    Mutant(
        "registry/access/issuer.py",
        'aud={"essential": True, "value": audience},',
        'aud={"essential": True},',
        (f"{CREDENTIALS}::test_claims_that_do_not_fit_are_refused[claims0-token-claims]",),
    ),
    Mutant(
        "registry/access/sign_in.py",
        "nonce != begun.nonce",
        "nonce is None",
        (
            "tests/registry/access/test_sign_in.py::test_an_id_token_that_is_not_for_this_sign_in[claims0-sign-in-failed-401]",
        ),
    ),
    Mutant(
        "registry/access/asking.py",
        "            await self._write(kind, subject, place, refusal.detail_code)\n",
        "",
        (
            "tests/registry/access/test_reads.py::test_a_purpose_is_asked_for_and_what_is_read_is_written_down[regulator]",
        ),
    ),
    Mutant(
        "registry/access/log.py",
        "self._waiting = [row for row in self._waiting if not row.written]",
        "del self._waiting[: len(rows)]",
        (
            "tests/registry/access/test_opening.py::test_who_goes_away_while_others_are_written_takes_no_row_with_him",
        ),
    ),
    Mutant(
        "registry/store/access.py",
        "previous + numbers + body",
        "numbers + body",
        ("tests/registry/store/test_access.py::test_the_digest_covers_every_part",),
    ),
    Mutant(
        "registry/ledger/audit_access.py",
        "    elif row.kept_until > now:",
        "    elif row.kept_until < now:",
        (
            "tests/registry/ledger/test_audit_access.py::test_each_change_is_named_where_it_is[erased-early]",
        ),
    ),
    Mutant(
        "signing/bundle.py",
        "    if seen.time != _time(bundle.cover):",
        "    if seen.time < _time(bundle.cover):",
        (f"{BUNDLE}::test_what_is_wrong_is_refused_with_its_code[signed-at-another-moment]",),
    ),
    Mutant(
        "signing/bundle.py",
        "    check_key_time(trusted, signed, receipt.time)\n",
        "",
        (f"{BUNDLE}::test_what_is_wrong_is_refused_with_its_code[key-of-the-log-had-expired]",),
    ),
    Mutant(
        "signing/bundle.py",
        "    if len(note.signatures) != 1:",
        "    if len(note.signatures) < 1:",
        (f"{BUNDLE}::test_what_is_wrong_is_refused_with_its_code[signed-twice]",),
    ),
    Mutant(
        "signing/status.py",
        "if not self.bits[at // 8] & 0x80 >> at % 8:",
        "if not self.bits[at // 8] & 1 << at % 8:",
        (f"{BUNDLE}::test_with_the_status_list_it_is_known_whether_it_still_stood",),
    ),
    Mutant(
        "signing/status.py",
        "<= MAX_WINDOW:",
        "<= 2 * MAX_WINDOW:",
        (
            "tests/signing/test_status.py::test_what_is_wrong_is_refused_with_its_code[speaks-for-too-long]",
        ),
    ),
    Mutant(
        "signing/findings.py",
        "if one.time >= opened.time]",
        "if one.time]",
        (f"{BUNDLE}::test_the_newest_list_of_its_block_counts_and_none_from_before",),
    ),
    Mutant(
        "registry/issued/bundles.py",
        " and not _NOT_STANDING.intersection(detail.view.flags)",
        "",
        (
            "tests/registry/issued/test_bundles.py::test_what_ended_is_handed_out_to_nobody_even_to_who_may_read_it",
        ),
    ),
    Mutant(
        "registry/issued/statuses.py",
        "return whole and not marks_on(one, day)",
        "return whole",
        (f"{STATUSES}::test_what_happens_to_a_record_is_in_the_next_list[stay]",),
    ),
    Mutant(
        "registry/issued/statuses.py",
        "until = min(now + WINDOW, midnight)",
        "until = now + WINDOW",
        (f"{STATUSES}::test_no_list_speaks_beyond_its_day",),
    ),
    Mutant(
        "registry/issued/statuses.py",
        "bits[at // 8] & ~mask | (mask if stands else 0)",
        "bits[at // 8] | (mask if stands else 0)",
        (f"{STATUSES}::test_what_was_erased_stands_no_more",),
    ),
    Mutant(
        "registry/store/reading_follow.py",
        "for _ in range(_ACT_DEPTH):",
        "for _ in range(1):",
        (f"{STATUSES}::test_without_a_code_it_is_found_over_the_acts_upon_it",),
    ),
    Mutant(
        "registry/api/witness.py",
        "(*own, line)).encode()",
        "(*note.signatures, line)).encode()",
        (
            "tests/registry/api/test_witness.py::test_a_second_line_of_the_log_that_is_wrong_is_not_given_out",
        ),
    ),
    Mutant(
        "registry/standards/weighing.py",
        "and covers(record.territory, ask.territory)",
        "and covers(ask.territory, record.territory)",
        (f"{ANSWERS}[recognitions]",),
    ),
    Mutant(
        "registry/standards/weighing.py",
        "record.use == ask.use",
        'record.use in {ask.use, "tender"}',
        (f"{ANSWERS}[recognitions]",),
    ),
    Mutant(
        "registry/standards/weighing.py",
        'if verdict == "yes" and given(record.conditions) is not None:',
        'if verdict == "no" and given(record.conditions) is not None:',
        (f"{ANSWERS}[recognitions]",),
    ),
    Mutant(
        "registry/standards/weighing.py",
        'if best != "no" and "no" in said:',
        'if best == "no" and "no" in said:',
        (f"{ANSWERS}[recognitions]",),
    ),
    Mutant(
        "registry/standards/editions.py",
        "if void is not None and void <= on:",
        "if void is not None and void < on:",
        (f"{ANSWERS}[editions]",),
    ),
    Mutant(
        "registry/standards/editions.py",
        "(link.since or on) <= on]",
        "(link.since or on) < on]",
        (
            "tests/registry/standards/test_answer.py::test_what_is_still_to_replace_it_is_told_with_its_day",
        ),
    ),
    Mutant(
        "search/typed.py",
        "any(one.startswith(typed.keys) for one in _of_name(name))",
        "any(one.startswith(typed.keys[:1]) for one in _of_name(name))",
        ("tests/search/test_typed.py::test_what_is_met_and_how_well",),
    ),
    Mutant(
        "search/typed.py",
        "if typed.held and len(found) < SUGGESTED:",
        "if typed.held and not found:",
        (
            "tests/search/test_typed.py::test_names_that_hold_the_text_are_asked_for_where_few_begin_with_it",
        ),
    ),
    Mutant(
        "registry/saved/looking.py",
        "if view.idx >= seen.known.get(view.origin, 0)",
        "if view.idx > seen.known.get(view.origin, 0)",
        (f"{LOOKING}::test_places_in_the_logs_tell_new_records_from_those_that_are_gone",),
    ),
    Mutant(
        "registry/saved/looking.py",
        "if view.idx < known.get(view.origin, 0)",
        "if view.idx <= known.get(view.origin, 0)",
        (f"{LOOKING}::test_places_in_the_logs_tell_new_records_from_those_that_are_gone",),
    ),
    Mutant(
        "registry/saved/looking.py",
        "tuple(sorted(ids | missing)) if answer.behind",
        "tuple(sorted(ids)) if answer.behind",
        (f"{LOOKING}::test_what_an_index_misses_while_it_is_behind_stays_seen",),
    ),
    Mutant(
        "registry/saved/looking.py",
        "if missing and whole and not answer.behind:",
        "if missing and not answer.behind:",
        (f"{LOOKING}::test_hits_are_compared_by_who_they_are_and_what_is_new_of_them",),
    ),
)
