from __future__ import annotations

import sys
from pathlib import Path

from windlass.channels.docs.configuration import DocsTable, address
from windlass.channels.oci.configuration import ImageTable
from windlass.config.detect import packages, pythons
from windlass.project import Project


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_packages_in_src_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "src/demo/__init__.py", "src/_demo_fast.py", "tests/__init__.py")
    assert packages(tmp_path, "demo") == ("_demo_fast", "demo")


def test_the_package_named_like_the_project_is_found_in_a_flat_layout(tmp_path: Path) -> None:
    touch(tmp_path, "my_demo/__init__.py", "tests/__init__.py", "other/__init__.py", "setup.py")
    assert packages(tmp_path, "My-Demo") == ("my_demo",)


def test_packages_in_a_namespace_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "src/acme/demo/__init__.py", "src/acme/tools/deep/__init__.py", "src/demo.egg-info/x.py")
    assert packages(tmp_path, "acme-demo") == ("acme.demo", "acme.tools.deep")
    touch(tmp_path, "flat/acme/demo/__init__.py", "flat/tests/unit/__init__.py")
    assert packages(tmp_path / "flat", "acme-demo") == ("acme.demo",)


def test_a_single_module_is_found(tmp_path: Path) -> None:
    touch(tmp_path, "demo.py", "tasks.py", "setup.py")
    assert packages(tmp_path, "demo") == ("demo",)


def test_packages_of_another_name_are_found_without_tests_and_docs(tmp_path: Path) -> None:
    touch(tmp_path, "engine/__init__.py", "docs/__init__.py", "tests/__init__.py", "tasks.py")
    assert packages(tmp_path, "demo") == ("engine",)


def test_pythons_are_what_the_classifiers_name_and_requires_python_allows() -> None:
    lines = [f"Programming Language :: Python :: {version}" for version in ("3", "3.8", "3.12", "3.10", "3.99")]
    assert pythons({"requires-python": ">=3.9.1", "classifiers": lines}) == ("3.10", "3.12")


def test_pythons_without_classifiers_are_all_that_requires_python_allows() -> None:
    assert pythons({"requires-python": ">=3.9.1,<3.12"}) == ("3.9", "3.10", "3.11")


def test_pythons_of_a_project_that_says_nothing_are_the_running_one() -> None:
    assert pythons({}) == (f"3.{sys.version_info.minor}",)


def test_a_project_is_found_by_looking(tmp_path: Path) -> None:
    touch(tmp_path, "src/demo/__init__.py", "tests/integration/test_a.py", "Dockerfile")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nsite_url: https://docs.demo.test/  # here\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "Demo"\n[project.scripts]\ndemo-run = "demo:main"\n')
    project = Project.load(tmp_path)
    assert (project.name, project.version, project.sources) == ("Demo", "", (Path("src/demo"),))
    assert project.config.test.paths == ("tests",)
    assert project.config.test.integration == ("tests/integration",)
    assert project.config.table(ImageTable).dockerfile == "Dockerfile"
    assert project.config.table(ImageTable).name == "demo"
    assert project.config.table(DocsTable).config == "mkdocs.yml"
    assert address(project.root, project.config) == "https://docs.demo.test/"
    assert project.config.smoke.command == ("demo-run", "--version")


def test_what_is_configured_is_not_looked_for(tmp_path: Path) -> None:
    touch(tmp_path, "src/demo/__init__.py")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "demo"\n[tool.windlass]\npackages = ["other"]\npythons = ["3.9"]\n'
    )
    project = Project.load(tmp_path)
    assert (project.config.packages, project.config.pythons) == (("other",), ("3.9",))
