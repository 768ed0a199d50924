"""The README and the documentation say what is so."""

import pickle
import re
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from Orange.data import DiscreteVariable, Domain, StringVariable, Table
from PIL import Image
from sklearn.datasets import load_sample_image

from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.images import locations

from .samples_models import paint, train_in_orange

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/orange3-transferlearning/orange3-transferlearning"
PAGES = f"{REPOSITORY}/blob/main/"
RAW = "https://raw.githubusercontent.com/orange3-transferlearning/orange3-transferlearning/main/"
PAGES_WITH_CODE = [
    "README.md",
    *(f"doc/{name}.md" for name in ("scripting", "tables", "reading-images", "feature-maps", "training", "networks")),
]


def python_blocks(name):
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("name", PAGES_WITH_CODE)
def test_every_python_block_runs(name, fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (photos / "b" / "2.png").unlink()
    shutil.copytree(photos, tmp_path / "flowers")
    image = StringVariable("image")
    image.attributes = {"type": "image"}
    rows = [["a", "photos/a/1.png"], ["b", "photos/b/1.png"]]
    Table.from_list(Domain([], DiscreteVariable("kind", ("a", "b")), [image]), rows).save("photos.tab")
    (tmp_path / "drive").mkdir()
    cameras = [f"../photos/{image}.png" for image in ("a/1", "a/2", "b/1")]
    (tmp_path / "drive" / "rows.csv").write_text(f"left,center,right,angle\n{','.join(cameras)},0.5\n")
    blocks = python_blocks(name)
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})


def test_python_block_on_evidence_runs(map_networks, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (photos / "b" / "2.png").unlink()
    (block,) = python_blocks("doc/evidence.md")
    exec(compile(block, "doc/evidence.md", "exec"), {})
    assert capsys.readouterr().out.startswith("a ")
    with Image.open("evidence.png") as image:
        assert image.size == (12, 10)


def test_every_python_block_on_files_runs(fake_network, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for out in ("features.h5", "features.npz", "features.parquet", "features"):
        assert CliRunner().invoke(cli.main, ["embed", "photos", out]).exit_code == 0
    blocks = python_blocks("doc/files.md")
    assert len(blocks) == 5
    for block in blocks:
        exec(compile(block, "doc/files.md", "exec"), {})


def test_page_of_predictions_shows_what_the_network_says(photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (photos / "b" / "2.png").unlink()
    (tmp_path / "sights.pkcls").write_bytes(pickle.dumps(train_in_orange(paint(tmp_path / "colors", 3))))
    predict, classify = python_blocks("doc/predictions.md")
    for block, n_lines in ((predict, 4 * 3), (classify, 4)):
        exec(compile(block, "doc/predictions.md", "exec"), {})
        assert len(capsys.readouterr().out.splitlines()) == n_lines
    for name in ("flower", "china"):
        Image.fromarray(load_sample_image(f"{name}.jpg")).save(tmp_path / f"{name}.png")
    done = CliRunner().invoke(cli.main, ["predict", "flower.png", "china.png"])
    shown = re.search(
        r"^    (flower.jpg\n.*?n03781244)$", (ROOT / "doc" / "predictions.md").read_text(encoding="utf-8"), re.M | re.S
    )[1]
    assert re.findall(r"n\d{8}", done.stdout) == re.findall(r"n\d{8}", shown)


def commands():
    return sorted(cli.main.commands.items())


def section(name):
    """What doc/command.md says of one command."""
    page = (ROOT / "doc" / "command.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^## orange-transfer {name}\b(.*?)(?=^## |\Z)", page, re.M | re.S)
    return text


@pytest.mark.parametrize("name, command", commands())
def test_every_command_and_option_is_documented_in_its_section(name, command):
    documented = set(re.findall(r"`(--[a-z][a-z0-9-]*)", section(name)))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"
            assert documented >= {*parameter.opts, *parameter.secondary_opts}, f"{name} lacks {parameter.opts[0]}"


def test_documented_options_exist():
    page = (ROOT / "doc" / "command.md").read_text(encoding="utf-8")
    parameters = [parameter for _, command in commands() for parameter in command.params]
    options = {option for each in parameters for option in [*each.opts, *each.secondary_opts]} | {"--version", "--help"}
    assert set(re.findall(r"--[a-z][a-z0-9-]+", page)) <= options


@pytest.mark.parametrize("page", sorted((ROOT / "doc").glob("*.md")), ids=lambda path: path.name)
def test_commands_on_every_page_have_the_options_that_are_typed(page):
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for name, typed in re.findall(r"^(?:\$|   ) orange-transfer (\w+)(.*)$", text, re.M):
        parameters = cli.main.commands[name].params
        options = {option for each in parameters for option in [*each.opts, *each.secondary_opts]}
        assert set(re.findall(r" (--[a-z][a-z0-9-]+)", typed)) <= options, f"{page.name}: {typed}"


def test_table_of_backbones_in_the_readme_is_theirs():
    columns = [r"(\w+)", r"(\d+) x (\d+)", r"([\d,]+)", r"([\d.]+) M", r"(\d+) MB", r"([\d.]+)"]
    rows = re.findall(r"^\| " + r" \| ".join(columns) + r" \|", readme(), re.M)
    assert [row[0] for row in rows] == list(BACKBONES)[: len(rows)]
    assert len(rows) >= 8
    for name, height, width, n_features, millions, megabytes, top1 in rows:
        record = BACKBONES[name]
        assert (int(height), int(width)) == record.image_size
        assert int(n_features.replace(",", "")) == record.n_features
        assert float(millions) == round(record.parameters / 1e6, 1)
        assert (int(megabytes), float(top1)) == (record.megabytes, record.top1)
    assert f"{len(BACKBONES)} networks" in readme()


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_output_of_the_demo_in_the_readme_is_the_demo_s():
    source = (ROOT / "orangecontrib" / "transferlearning" / "commands" / "demo.py").read_text(encoding="utf-8")
    (heading,) = re.findall(r"^(5-fold cross-validation .*)$", readme(), re.M)
    assert heading in source
    assert re.search(r"^logistic regression +0\.9\d+ +0\.9\d+ +[\d.]+ s$", readme(), re.M)


def prose():
    """Return the README without its code."""
    return re.sub(r"^```.*?^```|^    .*?$|`[^`\n]+`", "", readme(), flags=re.M | re.S)


def test_links_of_the_readme_work_on_pypi_and_lead_to_files_that_exist():
    addresses = re.findall(r"\]\(([^)]+)\)", prose()) + re.findall(r"^\[[^\]]+\]: (\S+)$", prose(), re.M)
    assert len(addresses) >= 20
    for address in addresses:
        path = re.fullmatch(rf"(?:{re.escape(PAGES)}|{re.escape(RAW)})([^#]+)(?:#.*)?", address)
        assert path and (ROOT / path[1]).is_file(), address


def test_images_of_the_readme_are_files_and_no_pages_about_them():
    addresses = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", prose())
    assert addresses
    assert all(address.startswith(RAW) for address in addresses)


def test_every_label_of_a_link_in_the_readme_leads_somewhere_and_is_used():
    given = re.findall(r"^\[([^\]]+)\]: ", prose(), re.M)
    used = re.findall(r"\[(?:[^\]]+\]\[)?([^\]]+)\](?![(\[])", re.sub(r"^\[[^\]]+\]: .*$", "", prose(), flags=re.M))
    assert {label.lower() for label in used} == set(given)
    assert len(given) == len(set(given))


def test_citation_is_of_this_version_and_repository():
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    (version,) = re.findall(r'^ +version="(.+)",$', setup, re.M)
    assert re.findall(r"^version: (.+)$", citation, re.M) == [version]
    assert re.findall(r"^repository-code: (.+)$", citation, re.M) == re.findall(r'^REPOSITORY = "(.+)"$', setup, re.M)
    assert f"{REPOSITORY}\n" in citation


def test_tutorials_have_one_name_everywhere():
    paths = sorted((ROOT / "orangecontrib" / "transferlearning" / "tutorials").glob("*.ows"))
    titles = [re.search(r'<scheme .*?title="(.+?)"', path.read_text(encoding="utf-8"))[1] for path in paths]
    for path, title in zip(paths, titles, strict=True):
        assert f">{title}<" in path.read_text(encoding="utf-8")
    for page in ("README.md", "doc/widgets/keras-embedding.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert re.findall(r"tutorial\s+\*(.+?)\*", text) == titles[:1], page
    page = (ROOT / "doc" / "workflows.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, re.M) == titles
    images = re.findall(r"\]\((images/workflow-.+?)\)", page)
    assert images == [f"images/workflow-{path.stem[4:]}.png" for path in paths]
    assert all((ROOT / "doc" / image).exists() for image in images)


def test_limits_that_are_documented_are_those_kept():
    page = (ROOT / "doc" / "reading-images.md").read_text(encoding="utf-8")
    assert f"more than {locations.DOWNLOAD_LIMITS.seconds} seconds" in page
    assert f"more than {locations.MAX_BYTES >> 20} MiB" in page
    assert locations.DOWNLOAD_LIMITS.n_bytes == locations.MAX_BYTES


def test_workflow_runs_sessions_that_exist():
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"session: \[?(\w+)", workflow))
    assert {"readme", "tests"} <= named
    assert named <= set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.M))
