"""What could be owned, what was trained, and the students on the shelf with their cards."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from stillhouse.console.api.shapes import Ident, Month, ReadsStudents
from stillhouse.console.student_views import Opportunities, RunFile, RunView, StudentView
from stillhouse.units.instant import period

router = APIRouter(tags=["students"])
Cost = Annotated[str, Query(pattern=r"^(\d{1,12}(\.\d{1,12})?)?$", description="USD")]


@router.get("/opportunities", summary="Workloads worth owning; what saves most comes first")
def opportunities(
    visit: ReadsStudents, month: Month = "", one_off: Cost = "", node_month: Cost = ""
) -> Opportunities:
    return visit.desk.opportunities(
        month or period(visit.desk.at, "month"), one_off=one_off, node_month=node_month
    )


@router.get("/distillation", summary="Runs of distillation with their stages, the newest first")
def runs(visit: ReadsStudents) -> list[RunView]:
    return visit.desk.runs()


@router.get("/distillation/{run}", summary="One run: what each stage found, and whether it pays")
def run(visit: ReadsStudents, run: Ident) -> RunFile:
    return visit.desk.run(run)


@router.get("/students", summary="Students on the shelf, with their cards")
def students(visit: ReadsStudents) -> list[StudentView]:
    return visit.desk.students()


@router.get("/students/{student}", summary="One student with its card")
def student(visit: ReadsStudents, student: Ident) -> StudentView:
    return visit.desk.student(student)


@router.get(
    "/students/{student}/files/{name}",
    summary="Download card.json, card.md or bom.json",
    response_class=Response,
)
def student_file(visit: ReadsStudents, student: Ident, name: Ident) -> Response:
    media, content = visit.desk.student_file(student, name)
    headers = {"content-disposition": f'attachment; filename="{student[:12]}-{name}"'}
    return Response(content, media_type=media, headers=headers)
