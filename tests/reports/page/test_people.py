"""Each user's row, and the files that were kept of her."""

from tests.reports.histories import healthy
from tests.reports.page.pages import page_from


def test_a_row_has_the_stage_the_steps_and_the_figures() -> None:
    ada = page_from(healthy()).people[0]

    assert (ada.user, ada.stage, ada.reason) == ("ada", "received", "")
    assert ada.steps[:2] == [4, 1]
    assert ada.steps[4] is None
    assert (ada.accepted, ada.expected, ada.received, ada.owed) == (2, 2, 6, 6)


def test_a_file_is_kept_of_the_user_whose_name_it_begins_with() -> None:
    files = ["shots/ada.png", "ada-trace.zip", "adam.png", "ada.txt", "ben.webm"]

    ada, ben, cho = page_from(healthy(), files=files).people

    assert ada.kept == ["ada-trace.zip", "shots/ada.png"]
    assert ben.kept == ["ben.webm"]
    assert cho.kept == []
