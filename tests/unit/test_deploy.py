"""What deploy/ names exists: commands, settings, metrics; and the alerts tell sick from well."""

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client.parser import text_string_to_metric_families

from digest.cli.commands import app
from digest.jobs.queue import NoQueue, QueueState
from digest.new_project import create_project
from digest.project_metrics import ProjectCollector, write_textfile
from digest.services.subscribers.signup_limits import limits_of
from digest.settings import Settings
from digest.web.metrics import Metrics
from tests.paths import ROOT
from tests.pipelines import open_pipeline
from tests.unit.test_docs import keys

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]

COMPARISON = re.compile(
    r"(?P<age>time\(\) - )?(?P<metric>\w+)(?:\{(?P<label>\w+)=\"(?P<value>[^\"]*)\"\})? "
    r"(?P<operator>[<>=]=?) (?P<limit>\S+)"
)


class OneWorker(NoQueue):
    """The queue of a project that has workers, whose figures others have not."""

    def state(self, connection):
        return QueueState({}, 0, 1)


def yaml_documents(path: Path) -> list[Any]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each is not None]


def containers(node: Any) -> Iterator[dict[str, Any]]:
    """The containers anywhere in a file of compose or Kubernetes."""
    if isinstance(node, dict):
        if {"args", "command"} & node.keys():
            yield node
        for inner in node.values():
            yield from containers(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from containers(inner)


def typed_commands() -> Iterator[tuple[str, list[str]]]:
    """The words after `digest` wherever deploy/ runs it."""
    for path in FILES:
        name, text = path.relative_to(DEPLOY).as_posix(), path.read_text()
        for match in re.finditer(r"(?:/srv/venv/bin/|\"|; exec |\|\| )digest (\w[^;\"\n>]*)", text):
            yield name, shlex.split(match[1])
        if path.parent.name == "launchd":
            yield name, re.findall(r"<string>(\w+)</string>\s*</array>", text)
    for place in (DEPLOY / "compose.yaml", *(DEPLOY / "kubernetes").glob("*.yaml")):
        for document in yaml_documents(place):
            for container in containers(document):
                words = container.get("args") or container["command"]
                if container.get("entrypoint") is None:
                    yield place.name, [str(word) for word in words]


def test_every_command_and_option_that_is_run_exists():
    seen = set()
    for place, words in typed_commands():
        typed = typer.main.get_command(app).commands  # type: ignore[attr-defined]
        seen.add(words[0])
        command = typed[words[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        options |= {option for parameter in command.params for option in parameter.secondary_opts}
        named = {word for word in words if word.startswith("--")}
        assert named <= options, f"{place}: digest {words[0]} has no {named - options}"
    assert seen >= {"serve", "scheduler", "worker", "run", "backup", "migrate", "init"}


def test_every_setting_that_is_named_exists():
    variables = {f"DIGEST_{key.replace('.', '_').upper()}" for key in keys(Settings)}
    for path in FILES:
        named = set(re.findall(r"\bDIGEST_[A-Z_]+[A-Z]\b", path.read_text()))
        assert named <= variables, f"{path}: {named - variables}"


def test_the_settings_of_the_kubernetes_example_are_taken(tmp_path):
    # By `digest config`, which names each that is wrong.
    shutil.copytree(DEPLOY / "kubernetes" / "config", tmp_path / "config")
    with open_pipeline(tmp_path) as pipeline:
        assert pipeline.project.config.settings.newsletters[0].id == "science-daily"


@pytest.fixture(scope="module")
def well(tmp_path_factory) -> tuple[dict[str, dict[str, float]], set[str]]:
    """The figures of a project that is well, by metric and labels; and every metric's name."""
    root = tmp_path_factory.mktemp("well") / "project"
    create_project(root)
    (root / "seeds" / "a.txt").write_text("A galaxy far away\n- It is far away.\n")
    with open_pipeline(root) as pipeline:
        pipeline.run()
        write_textfile(pipeline.project, root / "figures")
        families = list(Metrics(pipeline.project).registry.collect())
        limits = limits_of(pipeline.project)
        families += ProjectCollector(
            pipeline.project.database, pipeline.project.clock, limits, OneWorker()
        ).collect()
    values: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families((root / "figures").read_text()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            values.setdefault(sample.name, {})[labels] = sample.value
    suffixes = {
        "counter": ["_total"],
        "histogram": ["_bucket", "_count", "_sum"],
        "info": ["_info"],
    }
    names = {f.name + suffix for f in families for suffix in suffixes.get(f.type, [""])}
    return values, names


def fires(expression: str, values: Mapping[str, Mapping[str, float]]) -> bool:
    """Whether a rule of ours fires on these figures: a comparison of a metric or of its age."""
    rule = COMPARISON.fullmatch(expression)
    assert rule, f"{expression} is more than this test can evaluate"
    for labels, value in values.get(rule["metric"], {}).items():
        if rule["label"] and f"{rule['label']}={rule['value']}" not in labels.split(","):
            continue
        left = time.time() - value if rule["age"] else value
        limit = rule["limit"]
        right = values[limit][labels] if limit[0].isalpha() else float(limit)
        how = {">": left > right, ">=": left >= right, "==": left == right, "<": left < right}
        if how[rule["operator"]]:
            return True
    return False


SICK = {
    "NewsletterRoundsStopped": {"digest_last_good_round_timestamp_seconds": {"": 1.7e9}},
    "NewsletterMailOverdue": {"digest_deliveries_overdue": {"newsletter=daily": 7.0}},
    "NewsletterDatabaseDown": {"digest_database_up": {"": 0.0}},
    "NewsletterIssueHeld": {"digest_issues": {"state=held": 1.0}},
    "NewsletterInDoubt": {"digest_deliveries": {"newsletter=daily,state=in doubt": 2.0}},
    "NewsletterNoStories": {"digest_stories_collected": {"": 0.0}},
    "NewsletterConfirmationsWait": {"digest_notices_waiting": {"state=pending": 3.0}},
    "NewsletterNoWorker": {"digest_job_workers_alive": {"": 0.0}},
    "NewsletterSignupsHeldBack": {"digest_signups": {"": 500.0}},
    "NewsletterBackupOld": {"digest_last_backup_timestamp_seconds": {"": 1.7e9}},
}


def test_no_alert_fires_for_a_project_that_is_well_and_each_for_what_it_is_there_for(well):
    values, _ = well
    assert [rule["alert"] for rule in RULES if fires(rule["expr"], values)] == []
    assert SICK.keys() == {rule["alert"] for rule in RULES}
    for rule in RULES:
        sick = {**values, **SICK[rule["alert"]]}
        assert fires(rule["expr"], sick), rule["alert"]


def test_every_metric_of_the_rules_and_the_dashboard_is_one_of_ours(well):
    _, names = well
    board = json.loads((DEPLOY / "grafana" / "newsletter.json").read_text())
    expressions = [rule["expr"] for rule in RULES]
    expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for each in expressions for name in re.findall(r"\b(?:digest|process)_\w+", each)}
    assert len(named) >= 20
    assert named <= names | {"process_resident_memory_bytes"}
    documented = (ROOT / "docs" / "serving.md").read_text()
    ours = {
        re.sub(r"_(bucket|count|sum)$", "", name) for name in names if name.startswith("digest")
    }
    assert {name for name in ours if f"`{name}" not in documented} == set()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool")
def test_promtool_takes_the_rules_and_their_tests():
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(
            ["promtool", *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_runs_as_nobody_from_pinned_parts_with_bytecode_of_the_lock():
    text = (DEPLOY / "Containerfile").read_text()
    words = [line.split() for line in text.splitlines() if line and line[0].isupper()]
    images = {line[1] for line in words if line[0] == "FROM"}
    assert all(re.fullmatch(r"\S+:\d[\w.-]+", image) for image in images)
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)
    assert "UV_COMPILE_BYTECODE=1" in text
    syncs = re.findall(r"^RUN uv sync (.+)$", text, re.MULTILINE)
    assert len(syncs) == 2
    assert all({"--frozen", "--no-dev", "--all-extras"} <= set(sync.split()) for sync in syncs)
    assert "HEALTHCHECK" in text
    assert (DEPLOY / "Containerfile.dockerignore").exists()


def test_no_container_may_write_its_root_or_gain_rights():
    compose = yaml_documents(DEPLOY / "compose.yaml")[0]["services"]
    for name in ("prepare", "site", "scheduler", "worker"):
        assert compose[name]["read_only"]
        assert compose[name]["cap_drop"] == ["ALL"]
    (pod,) = yaml_documents(DEPLOY / "kubernetes" / "pod.yaml")
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_the_kubernetes_files_are_those_that_are_applied():
    folder = DEPLOY / "kubernetes"
    (listed,) = yaml_documents(folder / "kustomization.yaml")
    named = {*listed["resources"], *(patch["path"] for patch in listed["patches"])}
    assert named | {"kustomization.yaml"} == {path.name for path in folder.glob("*.yaml")}
