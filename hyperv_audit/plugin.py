"""pytest hooks: when things happen. What happens then is said in `audit` and in the rooms."""

import ast
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit import outcome
from hyperv_audit.audit import OF_THE_RUN, Audit, audit_of
from hyperv_audit.catalogue import Entry, catalogue
from hyperv_audit.errors import AuditError
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory import did_you_mean
from hyperv_audit.inventory.baseline import Table, tables
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.baseline import Area
from hyperv_audit.judge.severity import SEVERITIES
from hyperv_audit.judge.statements import Judgement, Review, judging
from hyperv_audit.report.pytest_html import PROPERTY, PytestHtmlLog
from hyperv_audit.report.results import Result, Verdict
from hyperv_audit.run import Options, make_plan, new_folder
from hyperv_audit.store import SubjectId
from hyperv_audit.text import harmless

USAGE = """no hosts were named. Try one of these:
    pytest --hosts=demo                      a simulated fabric, nothing to set up
    pytest --hosts=hv01 --inventory=FILE     your own; start from inventory/example.yaml"""

_SUBJECT = pytest.StashKey[SubjectId]()
_JUDGEMENT = pytest.StashKey[Judgement]()
_PROBES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hyperv-audit", "Hyper-V security audit (hosts: --hosts, of testinfra)")
    group.addoption("--inventory", type=Path, metavar="FILE", help="hosts, groups and how to reach them")
    group.addoption("--policy", type=Path, metavar="FILE", help="the organisation's answers where the checklist asks")
    group.addoption(
        "--baseline", choices=["strict"], help="take Microsoft's own values literally, where stricter ones would do"
    )
    group.addoption("--waivers", type=Path, metavar="FILE", help="accepted deviations, with owner and end")
    group.addoption("--evidence", type=Path, metavar="DIR", help="judge saved evidence; nothing is connected to")
    group.addoption("--collect-evidence", action="store_true", help="gather evidence and judge nothing")
    group.addoption("--report-only", action="store_true", help="end 0 also with findings, or with unreadable facts")
    group.addoption(
        "--fail-on",
        choices=SEVERITIES,
        default="low",
        help="the least severity whose findings end the run with 1 [low]",
    )
    group.addoption(
        "--reports", type=Path, default=Path("reports"), metavar="DIR", help="where runs are kept [reports]"
    )


# The run


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Every mistake of the user's shows here, before anything is asked or written."""
    audit, option = Audit(config), config.option
    if _is_worker(config) or not (option.hosts or option.evidence):
        return
    _refuse_unknown_markers(config)
    _refuse_missing_paths(config)
    if option.collect_evidence:
        option.dist, option.tx = "no", []  # -n is about judging; a worker process would have nothing to do
    strict = option.baseline == "strict"
    options = Options(option.hosts, option.inventory, option.policy, option.evidence, option.waivers, strict)
    if (capture := config.pluginmanager.get_plugin("capturemanager")) is not None:
        capture.suspend_global_capture(in_=True)  # somebody may have to type a password; the first test resumes it
    try:
        plan = make_plan(options, audit.resources)
        if not _only_lists(config):
            plan.folder = new_folder(option.reports, plan.started)
            _write_outputs_to(plan.folder, config)
        audit.follow(plan)
    except AuditError as error:
        audit.close()
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    audit_of(config).close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """With -n: gather before any worker exists."""
    _gather(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    audit: Audit = audit_of(node.config)
    if audit.store is not None:
        node.workerinput["hyperv_audit"] = audit.for_worker()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    audit = audit_of(session.config)
    if _is_worker(session.config):
        if given := session.config.workerinput.get("hyperv_audit"):  # type: ignore[attr-defined] # xdist's
            audit.open_in_worker(given)
    elif audit.plan is None:
        raise pytest.UsageError(USAGE)
    else:
        _gather(session.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    audit, option = audit_of(session.config), session.config.option
    if audit.plan is not None and not option.collectonly:
        if not option.collect_evidence and exitstatus != pytest.ExitCode.USAGE_ERROR:
            with _kept(audit):
                audit.finish(
                    [str(arg) for arg in session.config.invocation_params.args],
                    _selection(session.config),
                    stopped=_stopped(session, exitstatus),
                )
        session.exitstatus = audit.exit_status(
            int(exitstatus),
            fail_on="low" if _stopped(session, exitstatus) else option.fail_on,  # graver ones may not have been seen
            report_only=option.report_only,
            evidence_only=option.collect_evidence,
        )
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    audit = audit_of(config)
    if audit.store is None or audit.plan is None or config.option.collectonly:
        return
    for title, lines in audit.summary():
        terminalreporter.section(harmless(title), sep="-")
        for line in lines:
            terminalreporter.line(harmless(line))
    made = audit.report if audit.report.exists() else audit.store.folder
    terminalreporter.section("report" if audit.report.exists() else "evidence", sep="-")
    terminalreporter.line(str(made))


# The items


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The file of what is missing has no items when nothing is."""
    if collection_path.name != "test_00_evidence.py":
        return None
    audit = audit_of(config)
    return None if audit.store and (audit.store.unread or audit.unaudited) else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "hyperv_subject" not in metafunc.fixturenames:
        return
    subjects = audit_of(metafunc.config).subjects(metafunc.fixturenames)
    values, ids = [subject for subject, _ in subjects], [id_ for _, id_ in subjects]
    metafunc.parametrize("hyperv_subject", values, ids=ids, indirect=True, scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Before anything is deselected: the tier becomes a marker, the id a keyword."""
    if (entry := _entry(item)) is not None:
        item.extra_keyword_matches.add(entry.id)
        for marker in entry.all_markers:
            item.add_marker(marker)
    subject = getattr(getattr(item, "callspec", None), "params", {}).get("hyperv_subject")
    if isinstance(subject, SubjectId):
        item.stash[_SUBJECT] = subject


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Host by host, in the order of the inventory, and of each host in the order of the document.

    A test without any subject leaves no item behind. Sorted after pytest has, which groups by virtual machine.
    """
    items[:] = [item for item in items if _SUBJECT in item.stash or "hyperv_subject" not in _fixtures(item)]
    place = {item: number for number, item in enumerate(items)}
    yield
    hosts = audit_of(config).positions
    items.sort(key=lambda item: (hosts[item.stash[_SUBJECT].host] if _SUBJECT in item.stash else -1, place[item]))


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Nothing is judged when only evidence was asked for."""
    return True if session.config.option.collect_evidence else None


# One item


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """After the fixtures: what keeps a check from a verdict ends it here, where every output calls it an error."""
    entry = _entry(item)
    if entry is None or _SUBJECT not in item.stash:
        return
    audit, subject = audit_of(item.config), item.stash[_SUBJECT]
    judgement = item.stash[_JUDGEMENT] = Judgement(entry.severity)
    conditions = [marker.args for marker in item.iter_markers("applicable")]
    audit.expect_a_host(subject)
    with audit.facts(subject).readings.watched() as item.stash[_PROBES]:
        audit.examine(entry, subject, conditions, judgement)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Collect the statements of a check, so that one finding does not hide the next."""
    judgement = pyfuncitem.stash.get(_JUDGEMENT, None)
    if judgement is None:
        return (yield)
    audit, subject, entry = audit_of(pyfuncitem.config), pyfuncitem.stash[_SUBJECT], _entry(pyfuncitem)
    readings = audit.facts(subject).readings
    try:
        with readings.watched() as probes, judging(judgement):
            done = yield
    finally:
        if entry is not None:
            audit.waive(entry, subject, judgement)
    pyfuncitem.stash[_PROBES] += [probe for probe in probes if probe not in pyfuncitem.stash[_PROBES]]
    judgement.conclude()
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The phase that decides an item carries its result; properties cross xdist and reach JUnit."""
    result = _result(item, call)
    if result is not None and call.excinfo is not None:
        call.excinfo.traceback = call.excinfo.traceback[-1:]  # nobody sees it: the result is shown instead
    report = yield
    if result is None:
        return report
    vm = [("vm", result.subject.vm.id)] if result.subject.vm else []
    area = [("area", result.subject.area)] if result.subject.area else []
    item.user_properties += [
        ("recommendation", result.recommendation),
        ("verdict", result.verdict.value),
        ("host", result.subject.host),
        *vm,
        *area,
    ]
    if result.verdict is Verdict.ERROR:
        report.when = "setup"  # where pytest's outputs call it an error, also when a check found out late
    if result.verdict is Verdict.WAIVED:
        report.outcome, report.wasxfail = "skipped", f"waived {result.reason}"
    elif result.verdict is Verdict.PASS and result.unneeded:
        report.wasxfail = f"no longer needed: the waiver at {', '.join(result.unneeded)}"
    elif result.verdict in (Verdict.REVIEW, Verdict.NOT_APPLICABLE):
        path, line, _ = item.location
        report.outcome = "skipped"
        report.longrepr = (path, (line or 0) + 1, f"{result.verdict.value}: {result.reason}")
    report.user_properties = [*report.user_properties, (PROPERTY, result.model_dump_json())]
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, Any] | None:
    result = outcome.result_of(report)
    return outcome.status_of(result) if result else None


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """One listener in the controller, which every report passes, also those of xdist's workers."""
    if not _is_worker(session.config):
        session.config.pluginmanager.register(_Recorder(session.config), "hyperv-audit-recorder")


class _Recorder:
    def __init__(self, config: pytest.Config) -> None:
        self._audit = audit_of(config)
        self._by_line = config.option.tbstyle == "line"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result, and let what failed read as findings, in whatever process it was found."""
        result = outcome.result_of(report)
        if result is None:
            self._audit.failed_elsewhere |= report.failed
            return
        with _kept(self._audit):
            self._audit.record(result)
        if report.failed:
            as_crash = self._by_line and result.verdict is Verdict.FAIL
            report.longrepr = outcome.Shown(_harmless(result), as_crash=as_crash)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected holds checks that were not judged."""
        self._audit.failed_elsewhere |= report.failed

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
        """One line a failure, as without -n: which worker judged it, and on which Python, is nothing to its reader."""
        for report in (*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())):
            vars(report).pop("node", None)
        yield


# Fixtures; `host` and `vm` are imported by conftest.py, where they beat testinfra's


@pytest.fixture(scope="session")
def hyperv_subject(request: pytest.FixtureRequest) -> SubjectId:
    """What an item is about."""
    subject: SubjectId = request.param
    return subject


@pytest.fixture(scope="session")
def policy(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> Policy:
    """The organisation's answers where the checklist leaves a choice, for the host that an item is about."""
    return audit_of(pytestconfig).policy(hyperv_subject)


@pytest.fixture(scope="session")
def area(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> Area:
    """The part of the security baseline that an item is about."""
    return audit_of(pytestconfig).area(hyperv_subject)


@pytest.fixture(scope="session")
def baselines(policy: Policy) -> Mapping[str, Table]:
    """The tables of the security baseline, by edition of Windows Server."""
    return tables(policy.baseline.path)


@pytest.fixture(scope="session")
def unread_host(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> None:
    """A host without evidence: there is nothing to hand out, only to say why."""
    store = audit_of(pytestconfig).store
    assert store
    raise Unreadable(store.why_unread(hyperv_subject.host))


@pytest.fixture(scope="session")
def unaudited_machines(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> None:
    """Machines of a cluster that nobody audits: a person has to see to it."""
    raise Review(audit_of(pytestconfig).unaudited[hyperv_subject.host])


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


_BUILT_IN = {"filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xdist_group", "xfail"}


def _refuse_unknown_markers(config: pytest.Config) -> None:
    """Pytest says the same, but after every host was asked, and then over a report of nothing."""
    known = {line.partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}
    try:
        expression = ast.parse(config.option.markexpr, mode="eval")
    except SyntaxError:
        return  # empty, or an expression that only pytest can read
    for name in (node.id for node in ast.walk(expression) if isinstance(node, ast.Name)):
        if name not in known | _BUILT_IN:
            tiers = dict.fromkeys(marker for entry in catalogue().values() for marker in entry.all_markers)
            advice = did_you_mean(name, known) or f"There are {', '.join(tiers)}"
            raise pytest.UsageError(f"-m: no marker is called {name!r}. {advice}")


@contextmanager
def _kept(audit: Audit) -> Iterator[None]:
    """Around writing what a run leaves; where that fails, as on a full disk, the run ends with words of its own."""
    try:
        yield
    except OSError as error:
        folder = audit.report.parent
        what = f"the results cannot be kept in {folder}: {error.strerror}"
        again = f"make room, and judge the evidence again: --evidence={folder / 'evidence'}"
        pytest.exit(f"{what}\n  next step: {again}", returncode=pytest.ExitCode.INTERNAL_ERROR)


def _refuse_missing_paths(config: pytest.Config) -> None:
    """Pytest says the same, but after every host was asked."""
    for path in () if config.option.pyargs else config.args:
        file = path.partition("[")[0].partition("::")[0]
        if not (config.invocation_params.dir / file).exists():
            raise pytest.UsageError(f"file or directory not found: {file}")


def _only_lists(config: pytest.Config) -> bool:
    """Whether pytest will only tell something, so that there is no run to keep."""
    told = ("collectonly", "showfixtures", "show_fixtures_per_test", "markers", "help")
    return any(getattr(config.option, name, False) for name in told)


def _write_outputs_to(folder: Path, config: pytest.Config) -> None:
    """JUnit and pytest-html lie beside our own report, unless the user wants them elsewhere."""
    if config.option.collect_evidence:
        return
    if config.pluginmanager.hasplugin("junitxml"):
        config.option.xmlpath = config.option.xmlpath or str(folder / "junit.xml")
    if config.pluginmanager.hasplugin("html"):
        config.option.htmlpath = config.option.htmlpath or str(folder / "pytest.html")
        config.option.self_contained_html = True
        config.pluginmanager.register(PytestHtmlLog(), "hyperv-audit-html")


def _gather(config: pytest.Config) -> None:
    """Listing the checks connects to nothing; saved evidence may be listed whole."""
    audit = audit_of(config)
    if audit.plan is None:
        return
    if config.option.collectonly:
        audit.open_saved()
        return
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        audit.gather(print, None, quiet=True)
        return

    def write_line(line: str) -> None:
        terminal.write_line(line)
        terminal.flush()  # the log of a CI job is no terminal, and would show it with the next 8 KB

    rewrite = (lambda line: terminal.rewrite(line, erase=True)) if terminal.isatty else None
    audit.gather(write_line, rewrite, quiet=config.option.verbose < 0)


def _harmless(result: Result) -> Result:
    """As a terminal may show it: names of hosts and guests neither break a line nor steer the terminal."""
    findings = [
        finding.model_copy(update={"found": harmless(finding.found), "why": harmless(finding.why)})
        for finding in result.findings
    ]
    return result.model_copy(update={"findings": findings, "reason": harmless(result.reason)})


def _selection(config: pytest.Config) -> str:
    """The options and paths that chose what runs."""
    option = config.option
    chosen = [f"-m {option.markexpr!r}" if option.markexpr else "", f"-k {option.keyword!r}" if option.keyword else ""]
    paths = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    return " ".join(filter(None, [*chosen, *paths]))


def _stopped(session: pytest.Session, exitstatus: int) -> bool:
    """Whether the run ended before everything was judged."""
    return bool(exitstatus == pytest.ExitCode.INTERRUPTED or session.shouldfail or session.shouldstop)


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


def _entry(item: pytest.Item) -> Entry | None:
    marker = item.get_closest_marker("recommendation")
    if marker is None:
        return None
    if marker.args[0] not in catalogue():
        raise pytest.UsageError(f"{item.nodeid}: the checklist has no entry {marker.args[0]}")
    return catalogue()[marker.args[0]]


def _result(item: pytest.Item, call: pytest.CallInfo[None]) -> Result | None:
    """The result of an item, from the phase that decided it."""
    error = call.excinfo.value if call.excinfo else None
    decided = call.when == "call" or (call.when == "setup" and error is not None)
    entry, subject = _entry(item), item.stash.get(_SUBJECT, None)
    id_ = entry.id if entry else next((OF_THE_RUN[name] for name in _fixtures(item) if name in OF_THE_RUN), None)
    if not decided or subject is None or id_ is None:
        return None
    judgement, probes = item.stash.get(_JUDGEMENT, None), item.stash.get(_PROBES, [])
    return audit_of(item.config).result(id_, subject, error, judgement=judgement, probes=probes, seconds=call.duration)
