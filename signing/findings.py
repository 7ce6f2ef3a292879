"""What the offline verifier answers for one file, and how that is put in one line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one file; `code` is ``ok`` or the code of the error."""

    file: str
    kind: str
    """batch, checkpoint, receipt, proof, record, charter, voucher, bundle, status or unknown."""
    code: str
    zh: str
    proven: str
    by: str = ""
    at: str = ""
    not_proven: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when something was proven."""
        return self.code == "ok"

    def line(self) -> str:
        """Return the one line that is shown."""
        if not self.ok:
            return f"FAILED {self.file}: {self.code} {self.proven} ({self.zh})"
        when = f", at {self.at}" if self.at else ""
        limits = "; ".join(self.not_proven)
        return (
            f"已核验 OK {self.file}: {self.zh}; {self.proven}, by {self.by}{when}; "
            f"not proven: {limits}"
        )
