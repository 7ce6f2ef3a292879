"""What commands print: sentences for people, one JSON document for programs, never both."""

import json
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import click

from registry.errors import Refusal, RegistryError
from registry.exchange.errors import NodeRefusedError, PublishError
from signing.errors import SigningError


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as it is told: code, both texts, and what would be right."""

    code: str
    zh: str
    en: str
    right_zh: str = ""
    right_en: str = ""


@dataclass(slots=True)
class Output:
    """Prints; ``as_json`` is set by the option ``--json`` of the command that runs."""

    as_json: bool = False

    def say(self, zh: str, en: str = "") -> None:
        """Print a sentence for people, Chinese first; nothing with ``--json``."""
        if not self.as_json:
            click.echo(f"{zh}  {en}" if en else zh)

    def result(self, members: Mapping[str, object]) -> None:
        """Print the JSON document of a command; nothing without ``--json``."""
        if self.as_json:
            click.echo(json.dumps(members, ensure_ascii=False, default=str))

    def failed(self, error: Exception) -> None:
        """Tell an expected error: its code, both texts, what would be right."""
        self._tell(trouble_of(error))

    def unforeseen(self, error: Exception) -> None:
        """Tell a defect of this program: its last line to the person, all of it as JSON only."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename}:{last.lineno}"
        text = f"{type(error).__name__}: {error} ({where})"
        self._tell(
            Trouble(
                "internal-error",
                f"程序内部错误：{text}",
                f"a defect of this program: {text}",
                "没有任何内容因此丢失；请将本行报告给维护人员",
                "nothing is lost by it; please report this line",
            )
        )

    def _tell(self, trouble: Trouble) -> None:
        if self.as_json:
            self.result({"ok": False, "error": asdict(trouble)})
            return
        lines = [f"错误 {trouble.code}：{trouble.zh}", f"  {trouble.en}"]
        if trouble.right_zh:
            lines += [f"应当：{trouble.right_zh}", f"  {trouble.right_en}"]
        click.echo("\n".join(lines), err=True)


def trouble_of(error: Exception) -> Trouble:
    """Return how an expected error is told."""
    trouble = Trouble("error", str(error), str(error))
    match error:
        case PublishError():
            rights = (error.right_zh, error.right_en)
            trouble = Trouble(error.detail_code, error.zh, error.en, *rights)
        case NodeRefusedError():
            texts = (f"节点拒绝：{error.zh}", f"the node refused: {error.en}")
            trouble = Trouble(error.detail_code, *texts)
        case Refusal():
            trouble = Trouble(error.detail_code, error.zh, error.en)
        case SigningError():
            trouble = Trouble(error.code, error.zh, str(error))
        case RegistryError():
            zh, _, en = str(error).partition(" / ")
            trouble = Trouble(error.code, zh, en or zh)
        case OSError():
            what = f"{error.filename or ''} {error.strerror or error}".strip()
            texts = (f"文件操作失败：{what}", f"a file operation failed: {what}")
            trouble = Trouble("file-error", *texts)
    return trouble
