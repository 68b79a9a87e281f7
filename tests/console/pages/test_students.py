"""Model cards: what a student is made of, may be used for and cannot do; and its files."""

from tests.console.owned import released, shelved
from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_an_empty_shelf_says_where_students_come_from(ada: Ada) -> None:
    page = ada.see("/students")

    assert "No student on the shelf yet." == page.lede
    assert "stillhouse distill run" in page.words


def test_the_shelf_says_how_good_each_is(real: Real, ada: Ada) -> None:
    made = shelved(real)
    released(real, artefact=made.id)
    page = ada.see("/students")
    row = page.row("comments")

    assert "1 student on the shelf; 1 is as good as its teacher, 1 answers in traffic." == page.lede
    assert ["as good", "93.0%", "89.1%", "1,071"] == row[2:6]


def test_a_card_shows_lineage_duties_limits_and_hashes(real: Real, ada: Ada) -> None:
    made = shelved(real)
    page = ada.see(f"/students/{made.id}")

    for said in (
        "d" * 64,
        "student_name_prefix:Llama",
        "No gold was given",
        "Rows taken away: the same twice",
        "Sari, for each customer",
        next(iter(made.files.values())).sha256,
    ):
        assert said in page.words
    assert "95.9%" in page.row("label spam")


def test_its_files_can_be_downloaded(real: Real, ada: Ada) -> None:
    made = shelved(real)

    assert "# A classifier for comments" == ada.file(f"/students/{made.id}/files/card.md")[0]
    assert "CycloneDX" in "\n".join(ada.file(f"/students/{made.id}/files/bom.json"))
    assert 404 == ada.client.get(f"/students/{made.id}/files/student.json").status_code


def test_a_damaged_student_is_red_and_its_page_stands(real: Real, ada: Ada) -> None:
    made = shelved(real)
    folder = real.parts.data / "distill" / "students" / made.id
    (folder / "card.json").write_text("[]", "utf-8")
    (folder / "student.json").write_text("{}", "utf-8")

    assert "damaged" in ada.see("/students").row(made.id[:8])
    assert "student.json is no manifest" in ada.see(f"/students/{made.id}").words


def test_what_a_card_says_is_text(real: Real, ada: Ada) -> None:
    made = shelved(real)
    file = real.parts.data / "distill" / "students" / made.id / "card.json"
    file.write_text(file.read_text("utf-8").replace("no gold was given", "<script>"), "utf-8")

    assert "<script>" not in ada.client.get(f"/students/{made.id}").text.partition("<main")[2]
