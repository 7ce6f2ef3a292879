"""``python -m signing verify FILE... --charter FILE [--json]``: the offline verifier.

The one file of this package that reads files. Exit code 0: every file verified; 1: at least one did
not; 2: wrong usage or an unreadable file.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from signing.algorithms import BY_NAME, LOG_TYPES
from signing.charter import open_charter
from signing.errors import SigningError
from signing.findings import Finding
from signing.proof import HEADER
from signing.verify import RECORD_SUFFIX, verify_files

_USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m signing",
        description=(
            "离线核验：批次、回执、证明、章程、查询凭证、查询报告、记录证明包、状态清单。"
            "Verify files offline."
        ),
    )
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="核验文件。Say what files prove.")
    verify.add_argument("files", nargs="+", metavar="FILE", type=Path)
    verify.add_argument("--charter", required=True, metavar="FILE", type=Path)
    verify.add_argument(
        "--demand",
        action="append",
        default=[],
        choices=[name for name, number in BY_NAME.items() if number in LOG_TYPES],
        help="日志还须以该算法签名。The log must have signed with this algorithm, too.",
    )
    verify.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    try:
        charter_note = options.charter.read_bytes()
        files = _read(options.files)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE_ERROR
    try:
        trusted = open_charter(charter_note)
    except SigningError as error:
        bad = Finding(str(options.charter), "charter", error.code, error.zh, str(error))
        return _tell([bad], as_json=options.json)
    demanded = [BY_NAME[name] for name in options.demand]
    return _tell(verify_files(files, trusted, demanded), as_json=options.json)


def _tell(findings: Sequence[Finding], *, as_json: bool) -> int:
    """Write a line for each file; return the exit code."""
    for finding in findings:
        text = msgspec.json.encode(finding).decode() if as_json else finding.line()
        sys.stdout.write(f"{text}\n")
    return 0 if all(finding.ok for finding in findings) else 1


def _read(paths: Sequence[Path]) -> dict[str, bytes]:
    """Read the files, and beside each proof its record, if it is there."""
    files: dict[str, bytes] = {}
    for path in paths:
        data = files[str(path)] = path.read_bytes()
        record = path.with_suffix(RECORD_SUFFIX)
        if data.startswith(HEADER.encode()) and record.exists():
            files.setdefault(str(record), record.read_bytes())
    return files


if __name__ == "__main__":
    sys.exit(main())
