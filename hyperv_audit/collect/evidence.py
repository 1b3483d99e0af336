"""Evidence: what one target's collectors observed, one JSON document a target, and the index of a run."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hyperv_audit.collect.document import MAX_DOCUMENT, plain
from hyperv_audit.errors import EvidenceError

INDEX = "index.json"
VM_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
M = TypeVar("M", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Failure(_Part):
    """An error that a probe met. Ids and categories are language-neutral; messages are not."""

    probe: str
    id: str
    category: str
    target: str
    hresult: int | None
    message: str


class Topic(_Part):
    """What one collector observed: rows by probe, every error, and how long it took."""

    data: dict[str, list[Any]]
    errors: list[Failure]
    seconds: float

    @field_validator("data", mode="before")
    @classmethod
    def _rows_are_lists(cls, data: Any) -> Any:
        return {name: _list(rows) for name, rows in data.items()} if isinstance(data, dict) else data or {}

    @field_validator("errors", mode="before")
    @classmethod
    def _errors_are_a_list(cls, errors: Any) -> Any:
        return _list(errors)


def _list(value: Any) -> list[Any]:
    """PowerShell 5.1 unrolls an array of one, and turns an empty one into nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def read_topics(document: dict[str, Any]) -> dict[str, Topic]:
    """The topics of a document as a host sent it. Raises `EvidenceError` when it has another shape."""
    topics = plain(document)
    if not isinstance(topics, dict):
        raise EvidenceError("the evidence has not the expected shape: it names no topics")
    try:
        return {name: Topic.model_validate(topic) for name, topic in topics.items()}
    except ValidationError as error:
        raise EvidenceError(f"the evidence has not the expected shape: {_first(error)}") from error


class Reached(_Part):
    """How the target was asked."""

    transport: Literal["winrs", "powershell-direct", "ssh"] = "winrs"
    authentication: Literal["ntlm", "password", "publickey"] = "ntlm"
    endpoint: str
    account: str


class Evidence(_Part):
    """One target's evidence: what a host shows, or a virtual machine on it from inside."""

    schema_version: Literal[1] = Field(1, alias="schema")
    target: str = Field(description="the host, also where one of its virtual machines answered")
    vm: str | None = Field(None, pattern=VM_ID, description="the id of the virtual machine that was asked from inside")
    reached: Reached
    collectors: dict[str, str] = Field(description="topic -> SHA-256 of the collector that observed it")
    script: str = Field(description="SHA-256 of the whole script, as event 4104 of the host can be compared with")
    started: AwareDatetime
    finished: AwareDatetime
    stderr: str = Field("", description="what PowerShell wrote to standard error: a note, never a verdict")
    topics: dict[str, Topic]


class NoEvidence(_Part):
    """Why a target has none."""

    kind: str
    stage: str
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.stage}: {self.message}"


class IndexEntry(_Part):
    """One target of a run, a host or with `vm` a guest on it: its evidence, or why there is none."""

    name: str
    vm: str | None = Field(None, pattern=VM_ID)
    file: str | None = None
    sha256: str | None = None
    failure: NoEvidence | None = None
    policy: dict[str, Any] | None = Field(None, description="the policy of this host, where it is not that of all")


class Index(_Part):
    """What a folder of evidence holds."""

    schema_version: Literal[1] = Field(1, alias="schema")
    collected: AwareDatetime
    policy: dict[str, Any] = Field(default_factory=dict, description="the policy it was judged by")
    hosts: list[IndexEntry]
    guests: list[IndexEntry] = Field(default_factory=list, description="virtual machines that were to be asked inside")

    @model_validator(mode="after")
    def _each_in_its_list(self) -> "Index":
        """A guest's evidence must never be read as its host's."""
        if any(entry.vm for entry in self.hosts) or not all(entry.vm for entry in self.guests):
            raise ValueError("hosts are listed without the id of a virtual machine, and guests with one")
        return self


def write_evidence(folder: Path, evidence: Evidence) -> IndexEntry:
    """Keep one target's evidence; a reader sees the whole file or none."""
    content = _to_json(evidence)
    name = f"{evidence.target}~{evidence.vm}.json" if evidence.vm else f"{evidence.target}.json"
    if name.casefold() == INDEX:
        name = f"{evidence.target}~.json"  # a host may be called that; none has a tilde in its name
    _write(folder / name, content)
    return IndexEntry(name=evidence.target, vm=evidence.vm, file=name, sha256=hashlib.sha256(content).hexdigest())


def write_index(
    folder: Path,
    collected: datetime,
    hosts: list[IndexEntry],
    policy: dict[str, Any],
    guests: Iterable[IndexEntry] = (),
) -> None:
    """Keep what the folder holds; written last, so that a folder with an index is complete."""
    _write(folder / INDEX, _to_json(Index(collected=collected, hosts=hosts, guests=list(guests), policy=policy)))


def read_index(folder: Path) -> Index:
    """What `folder` holds. Raises `EvidenceError`."""
    path = folder / INDEX
    if not path.is_file():
        raise EvidenceError(
            f"{folder} holds no evidence: there is no {INDEX}",
            "Give the `evidence` folder of a run, for example --evidence=reports/latest/evidence",
        )
    return _parse(Index, path, _read(path))


def read_evidence(folder: Path, entry: IndexEntry) -> Evidence:
    """One target's evidence, as it was written. Raises `EvidenceError` when the file is another one."""
    if entry.file is None or Path(entry.file).name != entry.file:
        raise EvidenceError(f"the index of {folder} names no file in that folder for {entry.name}")
    path = folder / entry.file
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise EvidenceError(
            f"{path} is not the file that the index describes: its SHA-256 differs",
            "Judge evidence as it was collected; to try a changed world, record it in the lab",
        )
    evidence = _parse(Evidence, path, content)
    if (evidence.target, evidence.vm) != (entry.name, entry.vm):
        told, expected = _named(evidence.target, evidence.vm), _named(entry.name, entry.vm)
        raise EvidenceError(f"{path} is the evidence of {told}, and the index says {expected}")
    return evidence


def _named(host: str, vm: str | None) -> str:
    return f"the guest {vm} on {host}" if vm else host


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > 2 * MAX_DOCUMENT:
            raise EvidenceError(f"{path} is larger than any evidence this suite writes")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise EvidenceError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from error


def _parse(model: type[M], path: Path, content: bytes) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise EvidenceError(f"{path} is no evidence of schema 1: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _to_json(model: BaseModel) -> bytes:
    return model.model_dump_json(by_alias=True, indent=1).encode("utf-8") + b"\n"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
