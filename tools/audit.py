"""List every package that the course installs anywhere, with its licence and known advisories.

python tools/audit.py FOLDER...

writes docs/packages.csv, from the lock files. pip asks the registry for the licences of Python
packages; those of npm's are in its lock files. The advisories are looked up in each FOLDER of
records in the OSV format, such as a clone of github.com/pypa/advisory-database or of
github.com/github/advisory-database. tools/advisories.json says what an advisory means for the
course, and holds those that are in no folder. Ends with status 1 if one has no such answer.
"""

import argparse
import csv
import io
import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from writing import atomic_write

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "packages.csv"
ANSWERS = ROOT / "tools" / "advisories.json"
PIP = [ROOT / "build" / "tools-venv" / "bin" / "python", "-m", "pip"]
# What installs each lock file: (the column's word, the Pythons it is for; none for npm).
PYTHONS = [f"3.{minor}" for minor in range(9, 15)]
LOCKS = {
    "requirements.lock": ("course", PYTHONS),
    "requirements-gpu.lock": ("course with GPU=1", PYTHONS),
    "requirements-onnx.lock": ("make onnx", PYTHONS),
    "requirements-nbgrader.lock": ("make nbgrader", PYTHONS),
    "requirements-bench.lock": ("make torch", PYTHONS[1:]),
    "requirements-book.lock": ("make book", PYTHONS[2:]),
    "requirements-tools.lock": ("make tools", PYTHONS[2:]),
    "tools/playground/package-lock.json": ("make playground", None),
    "book/slides/package-lock.json": ("make slides", None),
    "tests/pages/package-lock.json": ("make test-pages", None),
}
SYSTEMS = [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")]
HEADINGS = ["package", "version", "registry", "installed by", "Python", "licence"]
HEADINGS += ["advisories looked up in", "known advisories", "what they mean here"]
NOT_ASKED = "not asked"


class AuditError(Exception):
    """What keeps the list from being made, and what to do."""


def locked():
    """Return the packages of all lock files, as {(registry, name, version): {word: Pythons}}."""
    packages = defaultdict(lambda: defaultdict(list))
    for file, (word, pythons) in LOCKS.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        if pythons is None:
            for path, entry in json.loads(text)["packages"].items():
                if path:
                    packages["npm", path.split("node_modules/")[-1], entry["version"]][word] = []
            continue
        for line in re.findall(r"^[a-z].*==[^\\#\n]+", text, re.MULTILINE):
            requirement = Requirement(line.strip())
            version = str(requirement.specifier).removeprefix("==")
            for python in pythons:
                if is_for(requirement.marker, python):
                    key = ("PyPI", canonicalize_name(requirement.name), version)
                    packages[key][word].append(python)
    return packages


def is_for(marker, python):
    """Say whether a package is installed on a Python, on any of the course's systems."""
    return marker is None or any(
        marker.evaluate(
            {
                "python_version": python,
                "python_full_version": f"{python}.1",
                "platform_system": system,
                "platform_machine": machine,
                "sys_platform": system.lower(),
                "os_name": "posix",
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
            }
        )
        for system, machine in SYSTEMS
    )


def licences(packages):
    """Return {package: licence}, from the packages' own metadata.

    Args:
        packages: as of `locked`.

    Raises:
        AuditError: pip cannot tell.
    """
    found, batches = {}, defaultdict(dict)  # pip takes one version of a package at a time
    for (registry, name, version), places in packages.items():
        if registry == "PyPI":
            python = _pythons(places)[0]  # newer ones may have no built package
            turn = next(n for n in itertools.count() if name not in batches[python, n])
            batches[python, turn][name] = version
    for (python, _), pins in batches.items():
        for metadata in metadata_of([f"{n}=={v}" for n, v in pins.items()], python):
            key = ("PyPI", canonicalize_name(metadata["name"]), metadata["version"])
            found[key] = licence(metadata)
    for file, (_, pythons) in LOCKS.items():
        if pythons is None:
            entries = json.loads((ROOT / file).read_text(encoding="utf-8"))["packages"]
            for path, entry in entries.items():
                if path:
                    key = ("npm", path.split("node_modules/")[-1], entry["version"])
                    found[key] = entry.get("license", "")
    return found


def metadata_of(pins, python):
    """Return the metadata of packages such as "requests==2.31.0", without installing them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [*PIP, "install", "--quiet", "--dry-run", "--no-deps"]
        command += ["--ignore-installed", "--target", folder, "--report", report]
        command += ["--only-binary", ":all:", "--ignore-requires-python"]
        command += ["--python-version", python]
        done = subprocess.run([*command, *pins], capture_output=True, text=True, check=False)
        if done.returncode:
            reason = "\n".join(re.findall("^ERROR: .*", done.stderr, re.MULTILINE))
            raise AuditError(f"pip cannot tell the licences for Python {python}:\n{reason}")
        return [entry["metadata"] for entry in json.loads(report.read_text())["install"]]


def licence(metadata):
    """Return the licence of a package as its metadata name it: the newest of three ways."""
    text = metadata.get("license", "").strip()
    if "license_expression" in metadata:
        return metadata["license_expression"]
    classifiers = [c for c in metadata.get("classifier", []) if c.startswith("License :: ")]
    if classifiers:
        return "; ".join(sorted({c.split(" :: ")[-1] for c in classifiers}))
    return text.splitlines()[0][:60] if text else "not stated"


def records(folder, names):
    """Return the advisories in a folder that concern packages of these names.

    Args:
        folder: path; below it are OSV records, in .json or .yaml.
        names: of packages.

    Raises:
        AuditError: there are no records.
    """
    found, newest, registries = [], "", set()
    files = [p for p in Path(folder).rglob("*") if p.suffix in (".json", ".yaml")]
    for path in files:
        text = path.read_text(encoding="utf-8")
        newest = max([newest, *re.findall(r'modified"?: "?([\d-]{10})', text)])
        registries |= set(re.findall(r'ecosystem"?: "?(PyPI|npm)\b', text))
        named = re.findall(r'\bname"?: [\'"]?([^\s\'",]+)', text)
        if names.isdisjoint([*named, *map(canonicalize_name, named)]):
            continue
        record = json.loads(text) if path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
        if not record.get("withdrawn"):
            found.append(record)
    if not registries:
        raise AuditError(
            f"{folder} holds no advisories: name a folder of OSV records, such as that which "
            "`git clone --depth 1 https://github.com/pypa/advisory-database` makes"
        )
    source = f"{Path(folder).resolve().name} up to {newest}"
    return found, {registry: source for registry in registries}


def concerns(record, registry, name, version):
    """Say whether an advisory concerns a version of a package."""
    for affected in record.get("affected", []):
        package = affected.get("package", {})
        same = canonicalize_name(package.get("name", "")) == canonicalize_name(name)
        if same and package.get("ecosystem") == registry:
            if version in affected.get("versions", []):
                return True
            ranges = [r for r in affected.get("ranges", []) if r["type"] != "GIT"]
            if any(_is_within(r["events"], version) for r in ranges):
                return True
    return False


def _is_within(events, version):
    try:
        here, inside = Version(version), False
        for event in events:
            ((what, bound),) = event.items()
            if what == "introduced" and (bound == "0" or Version(bound) <= here):
                inside = True
            if what == "fixed" and Version(bound) <= here:
                inside = False
            if what == "last_affected" and Version(bound) < here:
                inside = False
    except InvalidVersion:
        return True  # one that cannot be compared is for somebody to look at
    return inside


def rows(packages, licence_of, advisories, sources, answers):
    """Return the rows of the table, and the advisories that no answer names.

    Args:
        packages: as of `locked`.
        licence_of: as of `licences`.
        advisories: OSV records.
        sources: {registry: what the advisories were looked up in}.
        answers: the content of tools/advisories.json.
    """
    table, open_ones = [], []
    for key, places in sorted(packages.items()):
        registry, name, version = key
        known = [r for r in advisories if concerns(r, *key)]
        ids = {_common_name(record): {record["id"], *record.get("aliases", [])} for record in known}
        own = [a for a in answers if concerns_answer(a, *key)]
        why = [a["why"] for a in own]
        named = {a["id"] for a in own}
        unanswered = [one for one, all_ids in ids.items() if named.isdisjoint({one, *all_ids})]
        open_ones += [f"{one}: {name} {version}" for one in unanswered]
        where = [name, version, registry, "; ".join(places), _span(_pythons(places))]
        facts = [licence_of.get(key, "not stated"), sources.get(registry, NOT_ASKED)]
        shown = ["; ".join(sorted({*named, *unanswered})), " ".join(dict.fromkeys(why))]
        table.append(where + facts + shown)
    return table, open_ones


def concerns_answer(answer, registry, name, version):
    """Say whether an entry of tools/advisories.json concerns a version of a package."""
    below = Version(answer["fixed"]) if answer["fixed"] else None
    same = (answer["registry"], answer["package"]) == (registry, name)
    return same and (below is None or Version(version) < below)


def _common_name(record):
    # CVE-2024-35195 is what most people look for.
    return next((a for a in record.get("aliases", []) if a.startswith("CVE-")), record["id"])


def _pythons(places):
    return sorted({python for place in places.values() for python in place}, key=Version)


def _span(pythons):
    return " to ".join(dict.fromkeys([pythons[0], pythons[-1]])) if pythons else ""


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="+")
    folders = parser.parse_args(arguments).folder
    packages, answers = locked(), json.loads(ANSWERS.read_text(encoding="utf-8"))
    advisories, sources = [], {}
    try:
        for folder in folders:
            found, there = records(folder, {name for _, name, _ in packages})
            advisories += found
            for registry, source in there.items():
                sources[registry] = "; ".join(filter(None, [sources.get(registry), source]))
        table, unanswered = rows(packages, licences(packages), advisories, sources, answers)
    except AuditError as error:
        sys.exit(str(error))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADINGS, *table])
    with atomic_write(TABLE) as partial:
        partial.write_text(text.getvalue(), encoding="utf-8")
    print(f"{TABLE.relative_to(ROOT)}: {len(table)} packages")
    if unanswered:
        sys.exit(
            "Without an answer:\n  " + "\n  ".join(unanswered) + "\nRaise the version, or say in "
            "tools/advisories.json why the course is not exposed."
        )


if __name__ == "__main__":
    main()
