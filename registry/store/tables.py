"""Tables as Piccolo sees them, for ordinary queries; the schema itself is in ``migrations/``.

Tables with a composite key are declared with one of its columns as key, since Piccolo knows no
other; they are written by ``COPY`` or plain SQL and read by named columns only.
"""

from piccolo.columns import (
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.columns.column_types import JSONB
from piccolo.table import Table


class Log(Table, tablename="logs"):
    """A log this node holds."""

    log_id = BigInt(primary_key=True)
    origin = Text(unique=True)
    party_code = Text()


class LogHead(Table, tablename="log_heads"):
    """The mutable head of a log."""

    log_id = BigInt(primary_key=True)
    size = BigInt()
    root = Bytea()
    compact_range = Bytea()
    cosigned_at = BigInt()


class Checkpoint(Table, tablename="checkpoints"):
    """A signed checkpoint and the receipt given for it."""

    log_id = BigInt()
    size = BigInt()
    note_digest = Bytea(primary_key=True)
    note = Bytea()
    root = Bytea()
    charter_version = Integer()
    receipt = Bytea(null=True)
    cosigned_at = BigInt()


class Commit(Table, tablename="commits"):
    """An admitted batch; ``seq`` is the cursor of every follower."""

    seq = BigInt(primary_key=True)
    log_id = BigInt()
    start_idx = BigInt()
    end_idx = BigInt()
    charter_version = Integer()
    committed_at = Timestamptz()


class Entry(Table, tablename="entries"):
    """An entry with the bodies it commits to."""

    log_id = BigInt()
    idx = BigInt(primary_key=True)
    entry = Bytea()
    main = Bytea(null=True)
    restricted = Bytea(null=True)


class TileHash(Table, tablename="tile_hashes"):
    """The hash of a full subtree of 256^level leaves."""

    log_id = BigInt()
    level = SmallInt()
    idx = BigInt(primary_key=True)
    hash = Bytea()


class RecordRow(Table, tablename="records"):
    """What is looked up of a record; the record itself is its body."""

    subject_id = Bytea()
    log_id = BigInt()
    idx = BigInt(primary_key=True)
    type = Text()
    record_id = Text()
    decided_on = Date()
    list_code = Text()
    target_log = BigInt(null=True)
    target_id = Text(null=True)
    competent = Boolean()
    flags = Array(base_column=Text())


class Kind(Table, tablename="kinds"):
    """That a log holds records of a type, and entries into a list."""

    log_id = BigInt(primary_key=True)
    type = Text()
    list_code = Text()


class Quarantined(Table, tablename="quarantine"):
    """A logged record that failed an error check."""

    log_id = BigInt()
    idx = BigInt(primary_key=True)
    codes = Array(base_column=Text())
    findings = JSONB()


class SubjectRow(Table, tablename="subjects"):
    """A subject by its identifier."""

    subject_id = Bytea(primary_key=True)
    scheme = Text()
    identifier = Text()
    kind = Text()
    orgcode = Text()


class SubjectName(Table, tablename="subject_names"):
    """A name stated for a subject on a date."""

    subject_id = Bytea(primary_key=True)
    name = Text()
    stated_on = Date()
    former = Boolean()
    log_id = BigInt()
    idx = BigInt()


class SubjectLink(Table, tablename="subject_links"):
    """A judgement that two subjects are the same or not."""

    subject_id = Bytea(primary_key=True)
    other_id = Bytea()
    judgement = Text()
    reason = Text()
    log_id = BigInt(null=True)
    idx = BigInt(null=True)
    judged_at = Timestamptz()
    judged_by = Text()


class RelationEnd(Table, tablename="relations"):
    """That a relation record names a subject besides the one it is about."""

    subject_id = Bytea(primary_key=True)
    log_id = BigInt()
    idx = BigInt()
    about = Bytea()


class StandardSpoken(Table, tablename="standard_index"):
    """That a record speaks of a standard, and how; derived, like records."""

    identity = Text(primary_key=True)
    log_id = BigInt()
    idx = BigInt()
    role = Text()
    year = SmallInt()
    grp = Text()
    territory = Text()
    about = Bytea()


class StandardWords(Table, tablename="standard_words"):
    """The words that an edition of a standard is searched by."""

    identity = Text(primary_key=True)
    log_id = BigInt()
    idx = BigInt()
    year = SmallInt()
    about = Bytea()
    words = Text()


class CharterVersion(Table, tablename="charters"):
    """A version of the charter as signed."""

    version = Integer(primary_key=True)
    note = Bytea()
    digest = Bytea()
    added_at = Timestamptz()


class AttachmentBody(Table, tablename="attachments"):
    """The bytes of an attachment; NULL after an erasure."""

    sha256 = Bytea(primary_key=True)
    size = BigInt()
    body = Bytea(null=True)


class AttachmentRef(Table, tablename="attachment_refs"):
    """That an admitted record names an attachment."""

    log_id = BigInt()
    idx = BigInt()
    sha256 = Bytea(primary_key=True)
    size = BigInt()
    media_type = Text()
    restricted = Boolean()
    part = Text()


class Evidence(Table, tablename="evidence"):
    """A signed checkpoint that contradicts the stored log."""

    log_id = BigInt()
    note_digest = Bytea(primary_key=True)
    kind = Text()
    note = Bytea()
    stored_size = BigInt()
    noted_at = Timestamptz()


class Erasure(Table, tablename="erasures"):
    """A body erased by order."""

    log_id = BigInt()
    idx = BigInt(primary_key=True)
    part = Text()
    order_log = BigInt()
    order_idx = BigInt()
    erased_at = Timestamptz()


class VoucherRow(Table, tablename="vouchers"):
    """A voucher that was issued; its file is NULL when its time is over."""

    code = Text(primary_key=True)
    digest = Bytea()
    issued_at = Timestamptz()
    kept_until = Timestamptz()
    file = Bytea(null=True)
    entries = Array(base_column=Bytea())


class ReportRow(Table, tablename="reports"):
    """A report that was issued; what it says and of whom is NULL when its time is over."""

    code = Text(primary_key=True)
    digest = Bytea()
    issued_at = Timestamptz()
    kept_until = Timestamptz()
    subject_id = Bytea(null=True)
    owner = Text(null=True)
    asked = Text(null=True)
    file = Bytea(null=True)
    entries = Array(base_column=Bytea())


class AccessKey(Table, tablename="access_keys"):
    """A key that a program shows; only the digest of its secret is kept."""

    key_id = Text(primary_key=True)
    secret_digest = Bytea()
    role = Text()
    member = Text()
    subject = Text()
    territories = Array(base_column=Text())
    matters = Array(base_column=Text())
    label = Text()
    issued_at = Timestamptz()
    expires_at = Timestamptz()
    replaces = Text(null=True)
    party = Text()
    department = Text()


class AccessKeyEnd(Table, tablename="access_key_ends"):
    """That a key ends at a moment."""

    key_id = Text(primary_key=True)
    ends_at = Timestamptz()
    stated_at = Timestamptz()
    reason = Text()


class AccessLogRow(Table, tablename="access_log"):
    """Who read what, or which credential was refused; its content is NULL after the erasure."""

    seq = BigInt(primary_key=True)
    at = Timestamptz()
    kept_until = Timestamptz()
    salt = Bytea(null=True)
    who = Text(null=True)
    role = Text(null=True)
    member = Text(null=True)
    purpose = Text(null=True)
    kind = Text(null=True)
    subject = Text(null=True)
    place = Text(null=True)
    outcome = Text(null=True)
    content = Bytea()
    digest = Bytea()
    authorisation = Text(null=True)


class Cursor(Table, tablename="cursors"):
    """How far a follower has read."""

    name = Text(primary_key=True)
    seq = BigInt()


class Follow(Table, tablename="follows"):
    """The largest tree that the home of a followed log has shown, and how following goes."""

    log_id = BigInt(primary_key=True)
    size = BigInt()
    root = Bytea()
    note = Bytea()
    cosigned_at = BigInt()
    seen_at = Timestamptz(null=True)
    failing_since = Timestamptz(null=True)
    failure = Text()


class AlarmRow(Table, tablename="alarms"):
    """A contradiction met while following, with its evidence."""

    log_id = BigInt()
    kind = Text()
    digest = Bytea(primary_key=True)
    node = Text()
    detail = Text()
    evidence = Bytea()
    noted_at = Timestamptz()


class Witnessed(Table, tablename="witnessed"):
    """A tree of a followed log that this node's witness has cosigned."""

    log_id = BigInt(primary_key=True)
    size = BigInt()
    root = Bytea()
    line = Text()


class AlarmNoted(Table, tablename="alarms_noted"):
    """That somebody has looked into an alarm, and what came of it."""

    log_id = BigInt()
    kind = Text()
    digest = Bytea(primary_key=True)
    reason = Text()
    noted_by = Text()
    noted_at = Timestamptz()


class CosignatureRow(Table, tablename="cosignatures"):
    """What another node has cosigned of a log whose home this is."""

    log_id = BigInt(primary_key=True)
    size = BigInt()
    root = Bytea()
    cosigner = Text()
    key_id = Bytea()
    line = Text()
    cosigned_at = BigInt()


class FeedAct(Table, tablename="feed_acts"):
    """An approval of a consumer, or what became of it."""

    consumer = Text(primary_key=True)
    number = Integer()
    act = Text()
    terms = Text()
    stated_by = Text()
    reason = Text()
    at = Timestamptz()


class FeedHolding(Table, tablename="feed_holdings"):
    """A record that a consumer was given, and whether a stop was made since."""

    subject_id = Bytea(primary_key=True)
    consumer = Text()
    log_id = BigInt()
    idx = BigInt()
    record_id = Text()
    held = Boolean()


class FeedStop(Table, tablename="feed_stops"):
    """A record that a consumer must stop using."""

    consumer = Text(primary_key=True)
    number = BigInt()
    log_id = BigInt()
    idx = BigInt()
    record_id = Text()
    reason = Text()
    due = Date()
    made_at = Timestamptz()


class FeedAck(Table, tablename="feed_acks"):
    """That a consumer has confirmed a stop."""

    consumer = Text(primary_key=True)
    number = BigInt()
    at = Timestamptz()
    who = Text()


class FeedSweep(Table, tablename="feed_sweeps"):
    """A look at what changed without a commit."""

    number = BigInt(primary_key=True)
    day = Date()
    checks = BigInt()
    acts = BigInt()
    made_at = Timestamptz()


class FeedTurn(Table, tablename="feed_turns"):
    """A record that a sweep found otherwise than before."""

    sweep = BigInt()
    log_id = BigInt(primary_key=True)
    idx = BigInt()
    subject_id = Bytea()


class FeedRead(Table, tablename="feed_reads"):
    """The cursor that a consumer was last given."""

    consumer = Text(primary_key=True)
    cursor = Text()
    at = Timestamptz()


class FeedHook(Table, tablename="feed_hooks"):
    """How far the webhooks of a consumer have come."""

    consumer = Text(primary_key=True)
    cursor = Text()
    failures = Integer()
    next_at = Timestamptz()
    failure = Text()


class FeedDead(Table, tablename="feed_dead"):
    """A batch that a webhook did not take, to be built anew and sent again."""

    consumer = Text(primary_key=True)
    number = BigInt()
    start = Text()
    until = Text()
    failure = Text()
    at = Timestamptz()
    state = Text()


class Screening(Table, tablename="screenings"):
    """A list that somebody asks about, and how far that has come."""

    id = Text(primary_key=True)
    owner = Text()
    asked = Text()
    made_at = Timestamptz()
    lines = Integer()
    kept_until = Timestamptz()
    state = Text()
    done = Integer()
    failures = Integer()
    turn = BigInt()
    checked_seq = BigInt()
    checked_on = Date()
    degraded = Boolean()


class SavedSearch(Table, tablename="saved_searches"):
    """A question that somebody asks again and again, and up to where he has seen it."""

    id = Text(primary_key=True)
    owner = Text()
    asked = Text()
    made_at = Timestamptz()
    kept_until = Timestamptz()
    looks = BigInt()
    looked = Text()
    seen = Text()


class CaseRequest(Table, tablename="case_requests"):
    """A request about a standard as a business handed it in, until an organ logs it."""

    id = Text(primary_key=True)
    subject = Text()
    member = Text()
    made_at = Timestamptz()
    kept_until = Timestamptz()
    asked = Text()


class ScreeningRow(Table, tablename="screening_rows"):
    """A row of such a list, as it came."""

    screening = Text(primary_key=True)
    row = Integer()
    line = Integer()
    name = Text()
    code = Text()
    problem = Text()
    note = Text()
    same_as = Integer()
    key = Bytea()


class ScreeningResult(Table, tablename="screening_results"):
    """What came of a row."""

    screening = Text(primary_key=True)
    row = Integer()
    kind = Text()
    reason = Text()
    effect = Text()
    candidates = Array(base_column=Bytea())


class ScreeningJudgement(Table, tablename="screening_judgements"):
    """Whether what a row says is a subject, as its owner judged."""

    owner = Text(primary_key=True)
    key = Bytea()
    subject_id = Bytea()
    number = Integer()
    judgement = Text()
    judged_by = Text()
    reason = Text()
    judged_at = Timestamptz()


class DeskSubmission(Table, tablename="desk_submissions"):
    """A file of drafts that a department sent to the desk."""

    id = Text(primary_key=True)
    member = Text()
    department = Text()
    file = Text()
    made_at = Timestamptz()
    prepared_by = Text()
    state = Text()
    lines = Integer()
    done = Integer()
    failures = Integer()
    wrong_zh = Text()
    wrong_en = Text()


class DeskFile(Table, tablename="desk_files"):
    """The bytes of a file until its rows are read."""

    submission = Text(primary_key=True)
    content = Bytea()


class DeskSheet(Table, tablename="desk_sheets"):
    """The headers of a table of a file."""

    submission = Text(primary_key=True)
    sheet = Integer()
    title = Text()
    form = Text()
    headers = Array(base_column=Text())


class DeskRow(Table, tablename="desk_rows"):
    """A row of drafts, with what was found about it."""

    submission = Text(primary_key=True)
    row = Integer()
    line = Integer()
    sheet = Integer()
    about = Text()
    cells = Text()
    state = Text()
    version = Integer()
    found = Text()
    codes = Text()
    record_id = Text()
    record = Bytea()
    due = Date(null=True)
    clock = Text()
    parcel = Integer()
    idx = BigInt(null=True)


class DeskParcel(Table, tablename="desk_parcels"):
    """Rows that go on together, and how far they have come."""

    submission = Text(primary_key=True)
    parcel = Integer()
    state = Text()
    rows = Integer()
    sent_at = Timestamptz()
    reason = Text()
    wrong_zh = Text()
    wrong_en = Text()
    ended_at = Timestamptz(null=True)


class DeskReceipt(Table, tablename="desk_receipts"):
    """The receipt of what a parcel became."""

    submission = Text(primary_key=True)
    parcel = Integer()
    start = BigInt()
    size = BigInt()
    note = Bytea()


class ReconcileRun(Table, tablename="reconcile_runs"):
    """A file of the national side compared with what is shown of a member."""

    id = Text(primary_key=True)
    member = Text()
    file = Text()
    digest = Bytea()
    made_at = Timestamptz()
    made_by = Text()
    state = Text()
    failures = Integer()
    day = Date(null=True)
    size = BigInt(null=True)
    root = Bytea(null=True)
    lines = Integer()
    ours = Integer()
    apart = Integer()
    counts = Text()
    ended_at = Timestamptz(null=True)
    wrong_zh = Text()
    wrong_en = Text()


class ReconcileFile(Table, tablename="reconcile_files"):
    """The bytes of a file until its run is over."""

    run = Text(primary_key=True)
    content = Bytea()


class ReconcileDifference(Table, tablename="reconcile_differences"):
    """What differs between both sides."""

    run = Text(primary_key=True)
    number = Integer()
    kind = Text()
    line = Integer()
    idx = BigInt(null=True)
    columns = Array(base_column=Text())
    theirs = Text()
    holder = Text()
    act = Text()
    due = Date(null=True)
    clock = Text()


class ReconcileDeed(Table, tablename="reconcile_deeds"):
    """What was done about a difference."""

    run = Text(primary_key=True)
    number = Integer()
    serial = Integer()
    at = Timestamptz()
    who = Text()
    role = Text()
    what = Text()
    said = Text()


class DeskLogRow(Table, tablename="desk_log"):
    """Who did what at the desk."""

    submission = Text(primary_key=True)
    number = Integer()
    at = Timestamptz()
    who = Text()
    role = Text()
    what = Text()
    row = Integer()
    parcel = Integer()
    said = Text()


class ObjectionRow(Table, tablename="objections"):
    """An objection to a record or a measure, and how far it has come."""

    id = Text(primary_key=True)
    number = Text()
    member = Text()
    department = Text()
    subject = Text()
    name = Text()
    origin = Text()
    idx = BigInt()
    record_id = Text()
    headline = Text()
    organ = Text()
    about = Text()
    measure = Text()
    territory = Text()
    received_on = Date()
    filed_at = Timestamptz()
    filed_by = Text()
    counter = Boolean()
    version = Integer()
    stage = Text()
    pending = Text()
    draft = Text()
    accept_by = Date()
    decide_by = Date()
    extended = Boolean()
    forwarded = Text()
    reply_by = Date(null=True)
    reply = Text()
    mark_by = Date(null=True)
    mark_idx = BigInt(null=True)
    mark_at = Text()
    outcome = Text()
    consequence = Text()
    decided_on = Date(null=True)
    outcome_idx = BigInt(null=True)
    outcome_at = Text()
    correct_by = Date(null=True)
    correct_idx = BigInt(null=True)
    correct_at = Text()
    closed_on = Date(null=True)
    kept_until = Timestamptz(null=True)


class ObjectionContents(Table, tablename="objection_contents"):
    """What the subject wrote; erased by rule."""

    objection = Text(primary_key=True)
    person = Text()
    contact = Text()
    grounds = Text()


class ObjectionFile(Table, tablename="objection_files"):
    """A file that was sent with an objection; its bytes are erased by rule."""

    objection = Text(primary_key=True)
    number = Integer()
    name = Text()
    media_type = Text()
    size = Integer()
    content = Bytea(null=True)


class ObjectionLetter(Table, tablename="objection_letters"):
    """A letter as it was given."""

    objection = Text(primary_key=True)
    number = Integer()
    kind = Text()
    given_at = Timestamptz()
    text = Text()


class ObjectionLogRow(Table, tablename="objection_log"):
    """Who did what with an objection."""

    objection = Text(primary_key=True)
    number = Integer()
    at = Timestamptz()
    who = Text()
    role = Text()
    what = Text()
    said = Text()


class Export(Table, tablename="exports"):
    """A file that went to another door: which, by whom, with which digest."""

    log_id = BigInt(primary_key=True)
    number = Integer()
    at = Timestamptz()
    who = Text()
    role = Text()
    unit = Text()
    door = Text()
    kind = Text()
    form = Text()
    format = Text()
    act = Text()
    documents = Boolean()
    department = Text()
    day = Date()
    sequence = Integer()
    sha256 = Bytea()
    size = BigInt()
    records = Integer()
    asked = Text()
    left_out = Text()
    left_count = Integer()


class ExportRow(Table, tablename="export_rows"):
    """A record in a file that went to another door."""

    log_id = BigInt(primary_key=True)
    number = Integer()
    row = Integer()
    idx = BigInt()
    ended = Text()
    ended_on = Date(null=True)
    was_number = Integer()
    was_row = Integer()


class ExportSequence(Table, tablename="export_sequences"):
    """The last number of a file of a department, report and day; mutable."""

    log_id = BigInt(primary_key=True)
    department = Text()
    report = Text()
    day = Date()
    last = Integer()


class ExportReturn(Table, tablename="export_returns"):
    """A file that a door sent back."""

    log_id = BigInt(primary_key=True)
    number = Integer()
    turn = Integer()
    at = Timestamptz()
    who = Text()
    file = Text()
    sha256 = Bytea()
    matched = Integer()
    unmatched = Text()


class ExportResult(Table, tablename="export_results"):
    """What a door said of a row."""

    log_id = BigInt(primary_key=True)
    number = Integer()
    row = Integer()
    turn = Integer()
    result = Text()
    reason = Text()


TABLES: tuple[type[Table], ...] = (
    Log,
    LogHead,
    Checkpoint,
    Commit,
    Entry,
    TileHash,
    Kind,
    RecordRow,
    Quarantined,
    SubjectRow,
    SubjectName,
    SubjectLink,
    RelationEnd,
    StandardSpoken,
    StandardWords,
    CharterVersion,
    AttachmentBody,
    AttachmentRef,
    Evidence,
    Erasure,
    VoucherRow,
    ReportRow,
    AccessKey,
    AccessKeyEnd,
    AccessLogRow,
    Cursor,
    Follow,
    AlarmRow,
    AlarmNoted,
    CosignatureRow,
    Witnessed,
    FeedAct,
    FeedHolding,
    FeedStop,
    FeedAck,
    FeedSweep,
    FeedTurn,
    FeedRead,
    FeedHook,
    FeedDead,
    SavedSearch,
    CaseRequest,
    Screening,
    ScreeningRow,
    ScreeningResult,
    ScreeningJudgement,
    ReconcileRun,
    ReconcileFile,
    ReconcileDifference,
    ReconcileDeed,
    DeskSubmission,
    DeskFile,
    DeskSheet,
    DeskRow,
    DeskParcel,
    DeskReceipt,
    DeskLogRow,
    ObjectionRow,
    ObjectionContents,
    ObjectionFile,
    ObjectionLetter,
    ObjectionLogRow,
    Export,
    ExportRow,
    ExportSequence,
    ExportReturn,
    ExportResult,
)
