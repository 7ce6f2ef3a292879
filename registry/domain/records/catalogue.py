"""The catalogue of record types: one row for each, with its name and who may know of it at most.

``audience`` bounds what the publication range of a record may open:
``open`` - as its range says; ``organs`` - organs and the subject, never the public (evaluations of
enterprises are no public label; acts would tell what became of others); ``between`` - supervising
organs without the subject, who must not be warned of a clue; ``holders`` - the member that states
it, the subject and the auditor alone (what a subject asks for is its own affair).

``family`` says what a type is in a file: ``fact`` about the subject, ``act`` on another record,
``message`` about what is handled (no mark on the subject), ``region`` for rules.
"""

from dataclasses import dataclass
from typing import Final, Literal

from registry.domain.records.acts import (
    Amendment,
    ErasureOrder,
    Performance,
    ReorganisationShield,
    Repair,
    Stay,
    Withdrawal,
)
from registry.domain.records.administrative import Penalty, Permit, Registration
from registry.domain.records.base import Record, Target
from registry.domain.records.conduct import Commitment, Evaluation, Honour, PerMu
from registry.domain.records.lists import ListEntry, ListExit
from registry.domain.records.market import (
    ClueReply,
    ClueTransfer,
    NegativeListItem,
    PenaltyPush,
    PenaltyPushReply,
    RiskAlert,
    RiskReaction,
)
from registry.domain.records.objections import Objection, ObjectionOutcome
from registry.domain.records.region import Adoption, Rulebook
from registry.domain.records.relations import Relation
from registry.domain.records.standards import (
    ConformityResult,
    GroupStandardUse,
    LaboratoryScope,
    RecognitionChange,
    ResultAcceptance,
    SelfDeclaration,
    Standard,
    StandardCase,
    StandardCaseStep,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.domain.records.supervision import Compulsion, Inspection, Sampling
from registry.domain.records.uses import (
    Authorisation,
    MeasureFeedback,
    MeasureReply,
    MeasureTask,
    MeasureUse,
    ReportRequest,
)

Audience = Literal["open", "organs", "between", "holders"]
Family = Literal["fact", "act", "message", "region"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type: its name in the format and in words, and how it is treated."""

    record: type[Record]
    zh: str
    en: str
    audience: Audience
    family: Family

    @property
    def name(self) -> str:
        """The name of the type in the format."""
        return str(self.record.__struct_config__.tag)


_ROWS: Final = (
    Kind(Registration, "登记注册信息", "Registration", "open", "fact"),
    Kind(Permit, "行政许可信息", "Administrative permit", "open", "fact"),
    Kind(Penalty, "行政处罚信息", "Administrative penalty", "open", "fact"),
    Kind(Compulsion, "行政强制信息", "Administrative compulsion", "open", "fact"),
    Kind(Inspection, "行政检查结果", "Result of an inspection", "open", "fact"),
    Kind(Sampling, "抽查检验结果", "Result of a sampling test", "open", "fact"),
    Kind(ListEntry, "名单列入信息", "List entry", "open", "fact"),
    Kind(Commitment, "信用承诺", "Credit commitment", "open", "fact"),
    Kind(Evaluation, "公共信用评价结果", "Public-credit evaluation", "organs", "fact"),
    Kind(Honour, "荣誉信息", "Honour", "open", "fact"),
    Kind(PerMu, "亩均效益评价结果", "Per-mu evaluation", "organs", "fact"),
    Kind(Relation, "主体关联信息", "Relation", "open", "fact"),
    Kind(RiskAlert, "产品质量安全风险预警", "Product-safety warning", "open", "fact"),
    Kind(Repair, "信用修复", "Credit repair", "organs", "act"),
    Kind(Withdrawal, "撤回公示", "Withdrawal", "organs", "act"),
    Kind(ListExit, "移出名单", "List exit", "organs", "act"),
    Kind(Amendment, "信息更正", "Amendment", "organs", "act"),
    Kind(Stay, "停止执行", "Stay of execution", "organs", "act"),
    Kind(ReorganisationShield, "重整期间临时屏蔽", "Shield during reorganisation", "organs", "act"),
    Kind(Objection, "异议申诉", "Objection", "organs", "act"),
    Kind(ObjectionOutcome, "异议处理结果", "Outcome of an objection", "organs", "act"),
    Kind(Performance, "信用承诺履行情况", "Performance of a commitment", "organs", "act"),
    Kind(ErasureOrder, "删除决定", "Order of erasure", "holders", "act"),
    Kind(Authorisation, "查询授权", "Authorisation of a third party", "holders", "message"),
    Kind(ReportRequest, "专项信用报告申请", "Request for a special report", "holders", "message"),
    Kind(MeasureUse, "措施使用情况", "Use of a measure", "organs", "message"),
    Kind(MeasureTask, "措施协同任务", "Task to consider a measure", "organs", "message"),
    Kind(MeasureFeedback, "措施协同反馈", "Answer to a task", "organs", "message"),
    Kind(MeasureReply, "措施推送反馈", "Answer to a push of a measure", "organs", "message"),
    Kind(PenaltyPush, "跨省处罚信息推送", "Penalty sent across provinces", "organs", "message"),
    Kind(PenaltyPushReply, "跨省推送答复", "Answer to a penalty sent", "organs", "message"),
    Kind(RiskReaction, "风险预警处置反馈", "Reaction to a warning", "organs", "message"),
    Kind(ClueTransfer, "案件线索移送", "Transfer of a clue", "between", "message"),
    Kind(ClueReply, "线索移送答复", "Answer to a clue", "between", "message"),
    Kind(LaboratoryScope, "检验检测机构能力范围", "Scope of a laboratory", "open", "message"),
    Kind(
        ConformityResult, "检验检测报告与认证证书", "Test report or certificate", "open", "message"
    ),
    Kind(SelfDeclaration, "标准自我声明", "Declaration of a standard", "open", "message"),
    Kind(StandardCase, "标准认可申请", "Request to recognise a standard", "organs", "message"),
    Kind(StandardCaseStep, "标准认可办理进度", "Step of such a request", "organs", "message"),
    Kind(RecognitionChange, "标准认可变更", "Change of a recognition", "open", "act"),
    Kind(Standard, "标准", "Standard", "open", "region"),
    Kind(StandardNotice, "标准公告", "Notice about a standard", "open", "region"),
    Kind(StandardComparison, "标准比对", "Comparison of standards", "open", "region"),
    Kind(StandardRecognition, "标准认可", "Recognition of a standard", "open", "region"),
    Kind(ResultAcceptance, "检验检测认证结果采信", "Acceptance of results", "open", "region"),
    Kind(GroupStandardUse, "团体标准采信", "Use of a group standard", "open", "region"),
    Kind(NegativeListItem, "市场准入负面清单事项", "Negative-list item", "open", "region"),
    Kind(Rulebook, "规则汇编", "Rulebook", "open", "region"),
    Kind(Adoption, "规则采纳", "Adoption of a rule", "open", "region"),
)

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in _ROWS}
"""All record types by name, in the order in which files and tables show them."""

FACTS: Final = frozenset(kind.name for kind in _ROWS if kind.family == "fact")
"""The types that say something about the subject by themselves."""

REFERENCES: Final[dict[type[Record], str]] = {
    MeasureTask: "cause",
    MeasureFeedback: "task",
    MeasureReply: "about",
    PenaltyPush: "cause",
    PenaltyPushReply: "push",
    RiskReaction: "alert",
    ClueReply: "clue",
    StandardCaseStep: "case",
}
"""Types that name another record, of any log, without doing anything to it: member of the name."""


def reference_of(record: Record) -> Target | None:
    """Return the record that this one answers or speaks of; None for types that name none."""
    member = REFERENCES.get(type(record))
    return None if member is None else getattr(record, member)
